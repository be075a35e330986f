import { join } from 'node:path';
import {
  CGROUP_ROOT,
  foldersIn,
  isCgroupV2,
  removeAbandonedGroups,
  tryMakeGroup,
  tryWriteSetting,
} from './cgroup-files.ts';

/**
 * Moves this process out of the control groups of its parent: a service manager that ends a service ends every process in
 * the group. Does nothing if that is not allowed.
 */
export function leaveControlGroups(root = CGROUP_ROOT): void {
  if (process.platform !== 'linux') return;
  if (isCgroupV2(root)) {
    removeAbandonedGroups(root);
    const own = join(root, `mig-agent-${process.pid}`);
    if (tryMakeGroup(own)) tryWriteSetting(join(own, 'cgroup.procs'), process.pid);
    return;
  }
  for (const controller of foldersIn(root)) {
    tryWriteSetting(join(root, controller, 'cgroup.procs'), process.pid);
  }
}

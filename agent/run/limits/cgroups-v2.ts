import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroup, type CgroupLimits, type Cgroups, CPU_PERIOD_US } from './cgroup.ts';
import { breachOf, membersOf, removeGroupsBelow, tryWriteSetting, writeSetting } from './cgroup-files.ts';

/** The agent moves into a leaf of its own: in version 2 a group with subgroups may have no processes. */
export function openCgroupsV2(base: string, limits: CgroupLimits): Cgroups {
  const leaf = join(base, 'agent');
  const modules = join(base, 'modules');
  mkdirSync(leaf, { recursive: true });
  writeSetting(join(leaf, 'cgroup.procs'), process.pid);
  writeSetting(join(base, 'cgroup.subtree_control'), '+cpu +memory +pids');
  mkdirSync(modules, { recursive: true });
  writeSetting(join(modules, 'cgroup.subtree_control'), '+memory +pids');
  writeSetting(join(modules, 'cpu.max'), `${limits.cpuQuotaUs} ${CPU_PERIOD_US}`);
  removeGroupsBelow(modules);
  return {
    version: 2,
    create: (name) => createRunGroup(join(modules, name), limits),
    close: () => removeGroupsBelow(modules),
  };
}

function createRunGroup(group: string, limits: CgroupLimits): Cgroup {
  mkdirSync(group);
  writeSetting(join(group, 'memory.max'), limits.memoryBytes);
  writeSetting(join(group, 'memory.oom.group'), 1);
  tryWriteSetting(join(group, 'memory.swap.max'), 0);
  writeSetting(join(group, 'pids.max'), limits.processes);
  return {
    add: (pid) => writeSetting(join(group, 'cgroup.procs'), pid),
    breach: () => breachOf(join(group, 'memory.events'), join(group, 'pids.events')),
    kill: () => tryWriteSetting(join(group, 'cgroup.kill'), 1) && membersOf(group).length === 0,
    remove: () => rmdirSync(group),
  };
}

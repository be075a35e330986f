import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitsConfig } from '../../config/limits-config.ts';
import { type CgroupLimits, type Cgroups, CPU_PERIOD_US } from './cgroup.ts';
import { CGROUP_ROOT, isCgroupV2 } from './cgroup-files.ts';
import { openCgroupsV1 } from './cgroups-v1.ts';
import { openCgroupsV2 } from './cgroups-v2.ts';

/**
 * Opens control groups below the agent's own: one that limits the processor time of all modules together, and in it one per
 * run for its memory and its number of processes. Undefined if the kernel, or the agent's own group, does not allow that.
 */
export function openCgroups(
  { cpuPercent, memoryBytes, processes }: LimitsConfig,
  {
    processors,
    root = CGROUP_ROOT,
    own = readOwnCgroups(),
  }: { processors: number; root?: string; own?: string },
): Cgroups | undefined {
  const limits: CgroupLimits = {
    cpuQuotaUs: Math.round((CPU_PERIOD_US * processors * cpuPercent) / 100),
    memoryBytes,
    processes,
  };
  try {
    if (isCgroupV2(root)) return openCgroupsV2(join(root, pathOf(own, '')), limits);
    return openCgroupsV1(
      {
        cpu: join(root, 'cpu', pathOf(own, 'cpu')),
        memory: join(root, 'memory', pathOf(own, 'memory')),
        pids: join(root, 'pids', pathOf(own, 'pids')),
      },
      limits,
    );
  } catch {
    return undefined; // The watcher limits modules instead.
  }
}

function readOwnCgroups(): string {
  return readFileSync('/proc/self/cgroup', 'utf8');
}

/** The path of this process in a controller's hierarchy; version 2 has a single hierarchy, without a name. */
function pathOf(own: string, controller: string): string {
  for (const line of own.split('\n').filter((text) => text !== '')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers.split(',').includes(controller)) return path.join(':');
  }
  throw new Error(`no control group for ${controller}`);
}

import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroup, type CgroupLimits, type Cgroups, CPU_PERIOD_US } from './cgroup.ts';
import {
  breachOf,
  killMembers,
  removeAbandonedGroups,
  removeGroupsBelow,
  tryRemoveGroup,
  tryWriteSetting,
  writeSetting,
} from './cgroup-files.ts';

/** A folder for each controller: in version 1 each has a hierarchy of its own. */
interface Hierarchies {
  cpu: string;
  memory: string;
  pids: string;
}

export function openCgroupsV1(bases: Hierarchies, limits: CgroupLimits): Cgroups {
  const name = `mig-agent-${process.pid}`;
  const own: Hierarchies = {
    cpu: join(bases.cpu, name),
    memory: join(bases.memory, name),
    pids: join(bases.pids, name),
  };
  for (const base of [bases.cpu, bases.memory, bases.pids]) {
    removeAbandonedGroups(base);
    mkdirSync(join(base, name), { recursive: true });
  }
  writeSetting(join(own.cpu, 'cpu.cfs_period_us'), CPU_PERIOD_US);
  writeSetting(join(own.cpu, 'cpu.cfs_quota_us'), limits.cpuQuotaUs);
  return {
    version: 1,
    create: (run) =>
      createRunGroup({ cpu: own.cpu, memory: join(own.memory, run), pids: join(own.pids, run) }, limits),
    close() {
      for (const group of [own.cpu, own.memory, own.pids]) {
        removeGroupsBelow(group);
        tryRemoveGroup(group);
      }
    },
  };
}

function createRunGroup({ cpu, memory, pids }: Hierarchies, limits: CgroupLimits): Cgroup {
  for (const group of [memory, pids]) mkdirSync(group);
  writeSetting(join(memory, 'memory.limit_in_bytes'), limits.memoryBytes);
  tryWriteSetting(join(memory, 'memory.memsw.limit_in_bytes'), limits.memoryBytes);
  writeSetting(join(pids, 'pids.max'), limits.processes);
  return {
    add(pid) {
      for (const group of [memory, pids, cpu]) writeSetting(join(group, 'cgroup.procs'), pid);
    },
    breach: () => breachOf(join(memory, 'memory.oom_control'), join(pids, 'pids.events')),
    kill: () => killMembers(pids) === 0,
    remove() {
      for (const group of [memory, pids]) rmdirSync(group);
    },
  };
}

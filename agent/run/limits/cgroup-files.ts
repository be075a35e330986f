import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalProcess } from '../../../platform/machine/process-signals.ts';
import type { Breach } from './breach.ts';

/** The mount point of control groups. */
export const CGROUP_ROOT = '/sys/fs/cgroup';

export function isCgroupV2(root: string): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

export function writeSetting(file: string, value: string | number): void {
  writeFileSync(file, String(value));
}

/** False when the kernel, or its configuration, does not allow it. */
export function tryWriteSetting(file: string, value: string | number): boolean {
  try {
    writeSetting(file, value);
    return true;
  } catch {
    return false;
  }
}

/** False when the kernel, or its configuration, does not allow it. */
export function tryMakeGroup(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

export function tryRemoveGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Still in use: the next start of an agent tries again.
  }
}

/** The processes of a group. The kernel shows those of another pid namespace as 0. */
export function membersOf(group: string): number[] {
  try {
    const lines = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map(Number);
  } catch {
    return [];
  }
}

/** Kills every process of a group that has a pid in our namespace; returns the number of processes in the group. */
export function killMembers(group: string): number {
  const members = membersOf(group);
  for (const pid of members) {
    if (pid !== 0) signalProcess(pid, 'SIGKILL');
  }
  return members.length;
}

export function breachOf(memoryEvents: string, processEvents: string): Breach | undefined {
  if (readCounter(memoryEvents, 'oom_kill') > 0) return 'memory';
  return readCounter(processEvents, 'max') > 0 ? 'processes' : undefined;
}

/** 0 when there is no such counter: older kernels lack some. */
function readCounter(file: string, key: string): number {
  try {
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Removes the groups of agents that were killed, with every process that still runs in them. */
export function removeAbandonedGroups(base: string): void {
  for (const name of foldersIn(base)) {
    const pid = /^mig-agent-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    removeGroupsBelow(join(base, name));
    tryRemoveGroup(join(base, name));
  }
}

export function removeGroupsBelow(folder: string): void {
  for (const name of foldersIn(folder)) {
    const group = join(folder, name);
    killMembers(group);
    tryRemoveGroup(group);
  }
}

export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

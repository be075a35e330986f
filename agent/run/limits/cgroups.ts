import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LimitsConfig } from '../../config/config.ts';
import { send } from './processes.ts';

/** What a module took too much of. */
export type Breach = 'memory' | 'processes';

/** The control groups of one module run. */
export interface Cgroup {
  add(pid: number): void;
  breach(): Breach | undefined;
  /** True when nothing is left in it. */
  kill(): boolean;
  remove(): void;
}

export interface Cgroups {
  /** Version 1 or 2 of the interface. */
  version: 1 | 2;
  create(name: string): Cgroup;
  close(): void;
}

const PERIOD_US = 100_000;

/**
 * Control groups below the agent's own, when the kernel and our place in it allow: one that holds all modules to
 * their share of the processors, and in it one per run for memory and number of processes. Undefined when not.
 */
export function openCgroups(
  limits: LimitsConfig,
  {
    processors,
    root = '/sys/fs/cgroup',
    own = ownCgroups(),
  }: { processors: number; root?: string; own?: string },
): Cgroups | undefined {
  const quotaUs = Math.round((PERIOD_US * processors * limits.cpuPercent) / 100);
  try {
    return existsSync(join(root, 'cgroup.controllers'))
      ? openV2(join(root, pathOf(own, '')), { limits, quotaUs })
      : openV1(root, own, { limits, quotaUs });
  } catch {
    return undefined; // not ours to change: the watcher does it
  }
}

function ownCgroups(): string {
  return readFileSync('/proc/self/cgroup', 'utf8');
}

/** The path of this process in the hierarchy of a controller (version 2 has one without a name). */
function pathOf(own: string, controller: string): string {
  for (const line of own.split('\n').filter((text) => text !== '')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers.split(',').includes(controller)) return path.join(':');
  }
  throw new Error(`no control group for ${controller}`);
}

interface Sizes {
  limits: LimitsConfig;
  quotaUs: number;
}

/** Below version 2 a group that has groups may hold no processes: the agent moves into a leaf of its own. */
function openV2(base: string, { limits, quotaUs }: Sizes): Cgroups {
  const leaf = join(base, 'agent');
  const modules = join(base, 'modules');
  mkdirSync(leaf, { recursive: true });
  write(join(leaf, 'cgroup.procs'), process.pid);
  write(join(base, 'cgroup.subtree_control'), '+cpu +memory +pids');
  mkdirSync(modules, { recursive: true });
  write(join(modules, 'cgroup.subtree_control'), '+memory +pids');
  write(join(modules, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
  removeBelow(modules);
  return {
    version: 2,
    create(name) {
      const folder = join(modules, name);
      mkdirSync(folder);
      write(join(folder, 'memory.max'), limits.memoryBytes);
      write(join(folder, 'memory.oom.group'), 1);
      tryWrite(join(folder, 'memory.swap.max'), 0);
      write(join(folder, 'pids.max'), limits.processes);
      return {
        add: (pid) => write(join(folder, 'cgroup.procs'), pid),
        breach: () => breachOf(join(folder, 'memory.events'), join(folder, 'pids.events')),
        kill: () => tryWrite(join(folder, 'cgroup.kill'), 1) && members(folder).length === 0,
        remove: () => rmdirSync(folder),
      };
    },
    close: () => removeBelow(modules),
  };
}

function openV1(root: string, own: string, { limits, quotaUs }: Sizes): Cgroups {
  const name = `mig-agent-${process.pid}`;
  const bases = Object.fromEntries(
    (['cpu', 'memory', 'pids'] as const).map((controller) => [
      controller,
      join(root, controller, pathOf(own, controller)),
    ]),
  ) as Record<'cpu' | 'memory' | 'pids', string>;
  for (const base of Object.values(bases)) {
    removeAbandoned(base);
    mkdirSync(join(base, name), { recursive: true });
  }
  write(join(bases.cpu, name, 'cpu.cfs_period_us'), PERIOD_US);
  write(join(bases.cpu, name, 'cpu.cfs_quota_us'), quotaUs);
  const close = () => {
    for (const base of Object.values(bases)) {
      removeBelow(join(base, name));
      tryRemove(join(base, name));
    }
  };
  return {
    version: 1,
    create(run) {
      const cpu = join(bases.cpu, name);
      const memory = join(bases.memory, name, run);
      const pids = join(bases.pids, name, run);
      for (const folder of [memory, pids]) mkdirSync(folder);
      write(join(memory, 'memory.limit_in_bytes'), limits.memoryBytes);
      tryWrite(join(memory, 'memory.memsw.limit_in_bytes'), limits.memoryBytes);
      write(join(pids, 'pids.max'), limits.processes);
      return {
        add(pid) {
          for (const folder of [memory, pids, cpu]) write(join(folder, 'cgroup.procs'), pid);
        },
        breach: () => breachOf(join(memory, 'memory.oom_control'), join(pids, 'pids.events')),
        kill() {
          const left = members(pids);
          for (const pid of left) send(pid, 'SIGKILL');
          return left.length === 0;
        },
        remove() {
          for (const folder of [memory, pids]) rmdirSync(folder);
        },
      };
    },
    close,
  };
}

function breachOf(memoryFile: string, pidsFile: string): Breach | undefined {
  if (counter(memoryFile, 'oom_kill') > 0) return 'memory';
  return counter(pidsFile, 'max') > 0 ? 'processes' : undefined;
}

function counter(file: string, key: string): number {
  try {
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function members(folder: string): number[] {
  try {
    const lines = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map(Number);
  } catch {
    return [];
  }
}

/** Groups of agents that were killed, with whatever still runs in them. */
function removeAbandoned(base: string): void {
  for (const name of folders(base)) {
    const pid = /^mig-agent-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    removeBelow(join(base, name));
    tryRemove(join(base, name));
  }
}

function removeBelow(folder: string): void {
  for (const name of folders(folder)) {
    const group = join(folder, name);
    for (const pid of members(group)) send(pid, 'SIGKILL');
    tryRemove(group);
  }
}

function folders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function write(file: string, value: string | number): void {
  writeFileSync(file, String(value));
}

function tryWrite(file: string, value: string | number): boolean {
  try {
    write(file, value);
    return true;
  } catch {
    return false;
  }
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // still in use; the next start tries again
  }
}

/**
 * Moves this process out of the control groups of whoever started it: a service manager that ends a service ends
 * everything in its group. Where that is not allowed it stays.
 */
export function leaveControlGroups(root = '/sys/fs/cgroup'): void {
  if (process.platform !== 'linux') return;
  if (existsSync(join(root, 'cgroup.controllers'))) {
    removeAbandoned(root);
    const own = join(root, `mig-agent-${process.pid}`);
    if (tryMake(own)) tryWrite(join(own, 'cgroup.procs'), process.pid);
    return;
  }
  for (const controller of folders(root)) tryWrite(join(root, controller, 'cgroup.procs'), process.pid);
}

function tryMake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

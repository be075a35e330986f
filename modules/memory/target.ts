import { closeSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { livingFolder, openLiving, readLiving } from '../../platform/machine/living-task.ts';
import { readProcessStat } from '../../platform/machine/proc-stat.ts';
import { type Mapping, readMappings } from './maps.ts';

/** A process whose memory can be read. */
export interface Target {
  pid: number;
  /** The path of its executable, or `[name]` when that is gone or in a place of its own. */
  name: string;
  /** With the pid, the identity of the process. */
  startTicks: number;
  /** Throws when the process has ended. `use` is called again when the thread that showed the mappings ends meanwhile. */
  withMappings<T>(use: (mappings: Iterable<Mapping>) => T): T;
  /** Returns the bytes read: 0 when the process has ended. Throws for memory that cannot be read. */
  read(into: Buffer, address: number): number;
  /** As `read`, for `/proc/<pid>/pagemap`; undefined where the kernel does not show it. */
  readPagemap: ((into: Buffer, position: number) => number) | undefined;
  close(): void;
}

/** Why a process cannot be searched. */
export type Refusal = 'ended' | 'no memory' | 'denied';

/** The kernel's flag for a thread of its own, which has no memory of a process. */
const PF_KTHREAD = 0x0020_0000;

export function openTarget(pid: number): Target | Refusal {
  const before = readProcessStat(pid);
  if (!before) return 'ended';
  const isKernelThread = (before.flags & PF_KTHREAD) !== 0;
  const hasNoMemory = isKernelThread || livingFolder(pid) === undefined;
  const fd = tryOpen(pid, 'mem');
  if (fd === undefined || hasNoMemory) {
    if (fd !== undefined) closeSync(fd);
    if (hasNoMemory) return 'no memory';
    return readProcessStat(pid)?.startTicks === before.startTicks ? 'denied' : 'ended';
  }
  // Between the two readings another process may have taken the pid.
  if (readProcessStat(pid)?.startTicks !== before.startTicks) {
    closeSync(fd);
    return 'ended';
  }
  return createTarget(pid, { startTicks: before.startTicks, fd });
}

function createTarget(pid: number, { startTicks, fd }: { startTicks: number; fd: number }): Target {
  const pagemap = tryOpen(pid, 'pagemap');
  return {
    pid,
    name: nameOf(pid),
    startTicks,
    withMappings: (use) => readLiving(pid, (folder) => use(readMappings(`${folder}/maps`))),
    read: (into, address) => readSync(fd, into, 0, into.length, address),
    readPagemap:
      pagemap === undefined
        ? undefined
        : (into, position) => readSync(pagemap, into, 0, into.length, position),
    close() {
      closeSync(fd);
      if (pagemap !== undefined) closeSync(pagemap);
    },
  };
}

function tryOpen(pid: number, name: string): number | undefined {
  try {
    return openLiving(pid, name);
  } catch {
    return undefined;
  }
}

/** MIG's name of a process (spec/modules/memory.md#linux). */
function nameOf(pid: number): string {
  try {
    const path = readLiving(pid, (folder) => readlinkSync(`${folder}/exe`));
    statSync(path);
    return path;
  } catch {
    return `[${commandName(pid)}]`;
  }
}

/** The kernel's name of the program, of at most 15 bytes. */
function commandName(pid: number): string {
  try {
    return /^Name:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // It has just ended.
  }
}

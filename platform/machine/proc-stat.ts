import { readFileSync } from 'node:fs';

/** A process as Linux describes it in `/proc/<pid>/stat` (proc(5)). */
export interface ProcessStat {
  /** The name of the program, of at most 15 bytes; the program may choose any. */
  name: string;
  /** One letter: R running, S sleeping, D waiting for a disk, T stopped, Z zombie, X dead … */
  state: string;
  parentPid: number;
  processGroup: number;
  /** The kernel's `PF_*` bits (include/linux/sched.h). */
  flags: number;
  /** Processor time of the process itself, in user and kernel mode. */
  cpuMs: number;
  /** Processor time of its children that ended and were waited for. */
  endedChildrenCpuMs: number;
  /** Clock ticks from boot to its start: with the pid, the identity of a process. */
  startTicks: number;
}

/** A tick of the clock that Linux reports to programs: USER_HZ is 100 on every architecture that the agent runs on. */
export const MS_PER_TICK = 10;
/** proc(5) counts the fields from 1; the state is the first one after the name. */
const STATE_FIELD = 3;

/** Undefined when no process has this pid. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  return readStatIn(`/proc/${pid}`);
}

/** The same of a folder in /proc, which may be that of a thread. */
export function readStatIn(folder: string): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(`${folder}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The name of the program, in parentheses, may contain anything: the fields are counted from its end. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const numberAt = (field: number): number => {
    const value = Number(fields[field - STATE_FIELD] ?? Number.NaN);
    if (!Number.isFinite(value)) throw new Error(`/proc/<pid>/stat has no number in field ${field}`);
    return value;
  };
  const [state] = fields;
  if (state === undefined) throw new Error('/proc/<pid>/stat has no state');
  return {
    name: Buffer.from(text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), 'latin1').toString('utf8'),
    state,
    parentPid: numberAt(4),
    processGroup: numberAt(5),
    flags: numberAt(9),
    cpuMs: (numberAt(14) + numberAt(15)) * MS_PER_TICK,
    endedChildrenCpuMs: (numberAt(16) + numberAt(17)) * MS_PER_TICK,
    startTicks: numberAt(22),
  };
}

/**
 * A zombie has ended: nobody has collected its exit status yet. Of a process this is only its main thread; others may go on
 * (`livingFolder`).
 */
export function hasEnded({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}

import { readFileSync } from 'node:fs';
import { runningDaemons } from '../../dev/stack/services/processes.ts';
import { listPids } from '../../platform/machine/proc-files.ts';
import { type ProcessStat, readProcessStat } from '../../platform/machine/proc-stat.ts';
import { round } from './statistics.ts';

/** The resources of one part of the stack, of all its processes together. */
export interface Usage {
  /** Since the start of the part. */
  cpuSeconds: number;
  /** Resident memory now. */
  rssMb: number;
  /** The highest resident memory that its largest process ever had. */
  peakMb: number;
}

type Pids = Record<string, number>;

/** Returns the usage of every process group that this home started, and of further processes, by name. */
export function usageOfParts(home: string, others: Pids = {}): Record<string, Usage> {
  const groups = new Map(runningDaemons(home).map(({ name, pid }) => [pid, name]));
  const singles = new Map(Object.entries(others).map(([name, pid]) => [pid, name]));
  const usage: Record<string, Usage> = {};
  for (const pid of listPids()) {
    const stat = readProcessStat(pid);
    if (!stat) continue;
    const name = groups.get(stat.processGroup) ?? groups.get(stat.parentPid) ?? singles.get(pid);
    if (name !== undefined) usage[name] = add(usage[name], usageOf(pid, stat));
  }
  return usage;
}

/** Measures what each part takes during the work: processor seconds, and resident memory at the end. */
export async function usageDuring<T>(
  home: string,
  others: Pids,
  work: () => Promise<T>,
): Promise<{
  outcome: T;
  seconds: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
}> {
  const before = usageOfParts(home, others);
  const startedAt = performance.now();
  const outcome = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = usageOfParts(home, others);
  return {
    outcome,
    seconds,
    cpuSeconds: mapValues(after, ({ cpuSeconds }, name) => {
      const earlier = before[name];
      return round(earlier ? cpuSeconds - earlier.cpuSeconds : cpuSeconds);
    }),
    memoryMb: mapValues(after, ({ rssMb }) => rssMb),
  };
}

function add(sum: Usage | undefined, { cpuSeconds, rssMb, peakMb }: Usage): Usage {
  if (!sum) return { cpuSeconds, rssMb, peakMb };
  return {
    cpuSeconds: sum.cpuSeconds + cpuSeconds,
    rssMb: sum.rssMb + rssMb,
    peakMb: Math.max(sum.peakMb, peakMb),
  };
}

function mapValues(
  usage: Record<string, Usage>,
  pick: (one: Usage, name: string) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(usage).map(([name, one]) => [name, pick(one, name)]));
}

/** Counts the children that have ended, too: PostgreSQL has one for each connection. */
function usageOf(pid: number, { cpuMs, endedChildrenCpuMs }: ProcessStat): Usage {
  const status = readStatus(pid);
  return {
    cpuSeconds: (cpuMs + endedChildrenCpuMs) / 1000,
    rssMb: megabytesOf('VmRSS', status),
    peakMb: megabytesOf('VmHWM', status),
  };
}

/** Empty when the process has ended. */
function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}

/** 0 for kernel threads and processes that have ended: they have no such line. */
function megabytesOf(key: string, status: string): number {
  const kilobytes = new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1];
  return kilobytes === undefined ? 0 : Math.round(Number(kilobytes) / 1024);
}

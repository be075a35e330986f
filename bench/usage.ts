import { readdirSync, readFileSync } from 'node:fs';
import { runningDaemons } from '../dev/stack/processes.ts';
import { parseProcessStat } from '../platform/machine/proc-stat.ts';

/** What a part of the stack has taken since its start, with all its processes. */
export interface Usage {
  cpuSeconds: number;
  /** Resident memory of its processes now. */
  rssMb: number;
  /** The most that its largest process ever had. */
  peakMb: number;
}

/** Usage of every process group that this home started, and of further processes, by name. */
export function usageOfParts(home: string, others: Record<string, number> = {}): Record<string, Usage> {
  const names = new Map(runningDaemons(home).map(({ name, pid }) => [pid, name]));
  const single = new Map(Object.entries(others).map(([name, pid]) => [pid, name]));
  const usage: Record<string, Usage> = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = readProcess(pid);
    const name = found && (names.get(found.group) ?? names.get(found.parent) ?? single.get(Number(pid)));
    if (!found || name === undefined) continue;
    const sum = usage[name] ?? { cpuSeconds: 0, rssMb: 0, peakMb: 0 };
    usage[name] = {
      cpuSeconds: sum.cpuSeconds + found.cpuSeconds,
      rssMb: sum.rssMb + found.rssMb,
      peakMb: Math.max(sum.peakMb, found.peakMb),
    };
  }
  return usage;
}

/** What each part took while something was done: processor seconds, and resident memory at the end. */
export async function usageDuring<T>(
  home: string,
  others: Record<string, number>,
  work: () => Promise<T>,
): Promise<{
  outcome: T;
  seconds: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
}> {
  const before = usageOfParts(home, others);
  const began = performance.now();
  const outcome = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = usageOfParts(home, others);
  const memoryMb = Object.fromEntries(Object.entries(after).map(([name, { rssMb }]) => [name, rssMb]));
  return { outcome, seconds, cpuSeconds: cpuBetween(before, after), memoryMb };
}

/** Processor seconds that each part took between two looks. */
export function cpuBetween(
  before: Record<string, Usage>,
  after: Record<string, Usage>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, { cpuSeconds }]) => [
      name,
      Math.round((cpuSeconds - (before[name]?.cpuSeconds ?? 0)) * 100) / 100,
    ]),
  );
}

/** Processes with children that ended (PostgreSQL's connections) count those too. */
function readProcess(pid: string): (Usage & { group: number; parent: number }) | undefined {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const megabytes = (key: string) =>
      Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
    return {
      group: stat.processGroup,
      parent: stat.parentPid,
      cpuSeconds: (stat.cpuMs + stat.endedChildrenCpuMs) / 1000,
      rssMb: megabytes('VmRSS'),
      peakMb: megabytes('VmHWM'),
    };
  } catch {
    return undefined; // it ended meanwhile
  }
}

import { readProcessStat } from '../../platform/machine/proc-stat.ts';

/** Returns the processor time of a process since its start, without its children. */
export function cpuSecondsOf(pid: number): number {
  const stat = readProcessStat(pid);
  if (!stat) throw new Error(`there is no process ${pid}`);
  return stat.cpuMs / 1000;
}

import { readFileSync } from 'node:fs';

/** Returns the anonymous resident memory of a process (RssAnon), in MB. */
export function anonymousMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

import { readFileSync } from 'node:fs';

/** Returns the anonymous resident memory of a process (RssAnon), in MB. Throws when the process has ended. */
export function anonymousMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^RssAnon:\s+(\d+)/m.exec(status)?.[1];
  // A process that nobody has waited for yet still has a status, without memory.
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kilobytes) / 1024;
}

import { readFileSync } from 'node:fs';

/**
 * The fields of `/proc/<pid>/stat` from the state on (proc(5) counts it as the third); undefined when there is no such
 * process. The name before them, in parentheses, may hold anything, so they are counted from its end.
 */
export function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Size of a memory page on the processors that the agent is built for. */
const PAGE_BYTES = 4096;

/** The pids of all processes. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The children of all threads of a process; none when the process has ended. */
export function listChildren(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => childrenOfThread(pid, thread));
  } catch {
    return [];
  }
}

function childrenOfThread(pid: number, thread: string): number[] {
  const children = readIfRunning(`/proc/${pid}/task/${thread}/children`) ?? '';
  return children
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

/** Resident memory without the pages that are shared with files or other processes; 0 when the process has ended. */
export function anonymousBytes(pid: number): number {
  const [, resident = 0, shared = 0] = (readIfRunning(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return (resident - shared) * PAGE_BYTES;
}

/** Resident memory, shared pages included; 0 when the process has ended. */
export function residentBytes(pid: number): number {
  const [, resident = 0] = (readIfRunning(`/proc/${pid}/statm`) ?? '').split(' ').map(Number);
  return resident * PAGE_BYTES;
}

/** Whether a process was started with this text in its environment. */
export function hasInEnvironment(pid: number, text: string): boolean {
  return readIfRunning(`/proc/${pid}/environ`)?.includes(text) ?? false;
}

function readIfRunning(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

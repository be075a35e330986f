import { readdirSync, readFileSync } from 'node:fs';
import { readLiving } from './living-task.ts';
import { readStart } from './read-start.ts';

/** Size of a memory page on the processors that the agent is built for. */
const PAGE_BYTES = 4096;
/**
 * Linux gives a program 6 MB for its arguments and environment (execve(2)). Any process can name a larger part of its memory
 * as such afterwards (PR_SET_MM_MAP of prctl(2)), of which the rest means nothing.
 */
const MAX_START_BYTES = 8 * 1024 * 1024;

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
  const [, resident = 0, shared = 0] = memoryPages(pid);
  return (resident - shared) * PAGE_BYTES;
}

/** Resident memory, shared pages included; 0 when the process has ended. */
export function residentBytes(pid: number): number {
  const [, resident = 0] = memoryPages(pid);
  return resident * PAGE_BYTES;
}

function memoryPages(pid: number): number[] {
  const text = readLiving(pid, (folder) => readIfRunning(`${folder}/statm`)) ?? '';
  return text.split(' ').map(Number);
}

/** Whether a process was started with this text in its environment. */
export function hasInEnvironment(pid: number, text: string): boolean {
  try {
    return readLiving(pid, (folder) => readStart(`${folder}/environ`, MAX_START_BYTES)).includes(text);
  } catch {
    return false; // It has ended.
  }
}

/** The command line of a process, with a zero byte behind each word. Throws the system's error. */
export function readCommandLine(pid: number): string {
  return readLiving(pid, (folder) => readStart(`${folder}/cmdline`, MAX_START_BYTES)).toString('utf8');
}

function readIfRunning(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

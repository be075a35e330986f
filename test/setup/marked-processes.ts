import { readdirSync, readFileSync } from 'node:fs';

let tokens = 0;

/** Returns a unique word for a command line, so that a test finds what its program left running. */
export function nextToken(): string {
  return `token-${process.pid}-${tokens++}.`;
}

/** Returns the processes that have the token on their command line. */
export function pidsWith(token: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readProc(`/proc/${name}/cmdline`).includes(token))
    .map(Number);
}

export function commandLinesWith(token: string): string[] {
  return pidsWith(token).map((pid) => readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}

/** Reads a file under /proc; empty when its process has ended. */
export function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

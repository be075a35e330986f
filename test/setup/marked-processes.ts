import { readdirSync, readFileSync } from 'node:fs';

let tokens = 0;

/** A word for the command lines of what a test starts, so that it finds what is left. */
export function nextToken(): string {
  return `token-${process.pid}-${tokens++}.`;
}

/** Processes that have the token on their command line. */
export function pidsWith(token: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readProc(`/proc/${name}/cmdline`).includes(token))
    .map(Number);
}

export function commandLinesWith(token: string): string[] {
  return pidsWith(token).map((pid) => readProc(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
}

/** A file under /proc; empty when its process is gone. */
export function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

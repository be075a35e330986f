import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readProcessStat } from './proc-stat.ts';
import { isProcessRunning } from './process-signals.ts';

const MAX_ATTEMPTS = 10;

/** A lock file that this process holds. */
export interface FileLock {
  release(): void;
}

/**
 * Takes a lock file for this process. A lock is abandoned when its holder has ended, or when another program now has that
 * pid. Taking it again is harmless. Throws what `held` makes of the pid of another holder, if that is known.
 */
export function lockFile(file: string, held: (pid: number | undefined) => Error): FileLock {
  const mine = `${file}.${process.pid}`;
  const text = describe(process.pid);
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (tryLink(mine, file)) return { release: () => releaseIf(file, text) };
      const holder = read(file);
      if (holder === text) return { release: () => releaseIf(file, text) };
      if (holder !== undefined && isAlive(holder)) throw held(pidOf(holder));
      removeAbandoned(file, holder);
    }
    throw held(undefined);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** link(2) is atomic: only one of several processes succeeds. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves an abandoned lock aside, or restores it if another process has replaced it meanwhile. */
function removeAbandoned(file: string, holder: string | undefined): void {
  const aside = `${file}.old.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Another process removed it.
  }
  if (read(aside) !== holder) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function releaseIf(file: string, text: string): void {
  if (read(file) === text) rmSync(file, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(holder: string): boolean {
  return describe(pidOf(holder)) === holder;
}

function pidOf(holder: string): number {
  return Number(holder.split(' ', 1)[0]);
}

/** `<pid> <start time>`, or `<pid> running` where start times are unknown. */
function describe(pid: number): string {
  if (process.platform === 'linux') return `${pid} ${readProcessStat(pid)?.startTicks ?? 'gone'}`;
  return `${pid} ${isProcessRunning(pid) ? 'running' : 'gone'}`;
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const MAX_OUTPUT = 256 * 1024 * 1024;

/** Returns the path of a program on the PATH. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Runs a program in English and in UTC, and returns the lines of its output. Its status is not looked at: `find` and
 * `grep` have another one when a process ended meanwhile.
 */
export function linesOf([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): string[] {
  const { error, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error) throw error;
  return stdout.split('\n').filter((line) => line !== '');
}

/** The same with a script of a shell. `$1` is the first argument. */
export function linesOfShell(script: string, ...args: string[]): string[] {
  return linesOf(['sh', '-c', script, 'sh', ...args]);
}

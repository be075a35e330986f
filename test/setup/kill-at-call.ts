import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a program: kills it, as kill -9 does, just before the call number MIG_KILL_AT that changes a file or a folder.
 */
const CHANGES = [
  'mkdirSync',
  'writeSync',
  'writeFileSync',
  'fsyncSync',
  'fchmodSync',
  'fchownSync',
  'linkSync',
  'symlinkSync',
  'copyFileSync',
  'renameSync',
  'rmSync',
  'rmdirSync',
] as const;

let left = Number(process.env.MIG_KILL_AT);
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;

function countCall(): void {
  left--;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

for (const name of CHANGES) {
  const original = functions[name];
  if (original === undefined) throw new Error(`node:fs has no ${name}`);
  functions[name] = (...args) => {
    countCall();
    return original(...args);
  };
}
const { openSync } = fs;
fs.openSync = (path, flags, mode) => {
  if (flags === 'wx') countCall();
  return openSync(path, flags, mode);
};
syncBuiltinESMExports();

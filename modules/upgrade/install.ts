import { chmodSync, closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file in the state folder that contains the path of a pending executable, for the cleanup after a crash. */
export const PENDING_FILE = 'upgrade-pending';

/**
 * Moves a downloaded executable to its name, after its bytes are on disk and the name is recorded as pending: a crash
 * leaves no executable that the agent does not know.
 */
export function install(file: string, target: string, stateDir: string): void {
  chmodSync(file, 0o750);
  flush(file);
  writeFileSync(join(stateDir, PENDING_FILE), target, { mode: 0o600, flush: true });
  renameSync(file, target);
}

function flush(file: string): void {
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

import { chmodSync, closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file in the state folder with the path of the executable that is being installed, for whoever cleans up a crash. */
export const PENDING_FILE = 'upgrade-pending';

/**
 * Moves a downloaded executable to its name. Everything is on disk before that, and the name is recorded as pending: a
 * crash leaves no executable that the agent does not know of.
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

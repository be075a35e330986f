import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Ends the name of a file that is not whole yet. */
const UNFINISHED = '.new';

/** Replaces a file, or creates it and its folder, such that a crash at any moment leaves the old file or the new one. */
export function writeDurably(file: string, text: string): void {
  makeFolderDurably(dirname(file));
  const next = `${file}${UNFINISHED}`;
  try {
    writeFileSync(next, text, { mode: 0o600, flush: true });
    renameDurably(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Removes what killed processes left of files that they were about to write. For folders that only one process writes. */
export function removeUnfinished(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.endsWith(UNFINISHED)) rmSync(join(folder, name), { force: true });
  }
}

/** Creates a folder, those above it included, for this user alone. */
export function makeFolderDurably(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  let path = folder;
  while (path.length >= first.length) {
    path = dirname(path);
    syncFolder(path);
  }
}

/** Renames a file whose contents are on the disk, and waits until the new name is there, too. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Removes a file such that it does not return after a crash. */
export function removeDurably(file: string): void {
  rmSync(file, { force: true });
  syncFolder(dirname(file));
}

/** Windows has no such call, and writes names with the contents. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

import { closeSync, constants, type Dirent, opendirSync, openSync, readdirSync } from 'node:fs';
import { parseDirents } from './dirents.ts';
import type { Entry, Kind } from './entry.ts';
import { type DirectoryReader, openDirectoryReader } from './read-directory.ts';
import { type Path, toPath, toSystemPath } from './system-path.ts';

/** Yields the entries of a directory in batches. Throws the system's errors. */
export type ListEntries = (directory: Path) => Generator<Entry[]>;

/** Called once for a run: all directories are read into the same buffer. */
export function createListEntries(): ListEntries {
  const reader = openDirectoryReader();
  return reader ? (directory) => listBySystemCall(directory, reader) : listByRuntime;
}

function* listBySystemCall(directory: Path, reader: DirectoryReader): Generator<Entry[]> {
  const fd = openSync(toSystemPath(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    while (true) {
      const bytes = reader.fill(fd);
      if (bytes < 0) throw Object.assign(new Error('the folder cannot be read'), { code: 'EIO' });
      if (bytes === 0) return;
      yield parseDirents(reader.buffer, bytes);
    }
  } finally {
    closeSync(fd);
  }
}

const BATCH_ENTRIES = 1024;

/** The runtime decodes names and may lose bytes. Such names are read again as bytes, at the end. */
function* listByRuntime(directory: Path): Generator<Entry[]> {
  const path = toSystemPath(directory);
  // opendirSync accepts a Buffer, although its type does not.
  const handle = opendirSync(path as string, { bufferSize: BATCH_ENTRIES });
  let hasLostBytes = false;
  try {
    let isOpen = true;
    while (isOpen) {
      const entries: Entry[] = [];
      while (entries.length < BATCH_ENTRIES) {
        const entry = handle.readSync();
        isOpen = entry !== null;
        if (!entry) break;
        if (entry.name.includes('\ufffd')) hasLostBytes = true;
        else entries.push({ name: entry.name, kind: kindOf(entry) });
      }
      yield entries;
    }
  } finally {
    handle.closeSync();
  }
  if (hasLostBytes) yield listUndecodableNames(path);
}

function listUndecodableNames(path: string | Buffer): Entry[] {
  const names = readdirSync(path, { encoding: 'buffer' });
  const undecodable = names.filter((name) => name.toString('utf8').includes('\ufffd'));
  return undecodable.map((name) => ({ name: toPath(name), kind: 'unknown' }));
}

function kindOf(entry: Dirent): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'link';
  const isOther = entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice();
  return isOther ? 'other' : 'unknown';
}

import { closeSync, constants, type Dirent, opendirSync, openSync, readdirSync } from 'node:fs';
import { type DirectoryReader, directoryReader, parseDirents } from './dirents.ts';
import type { Entry, Kind } from './entry.ts';
import { type Path, systemPath, toPath } from './paths.ts';

/** The entries of a folder, some at a time: there may be millions. Throws the system's errors. */
export function listEntries(directory: Path): Generator<Entry[]> {
  const reader = directoryReader();
  return reader ? readBySystemCall(directory, reader) : readByRuntime(directory);
}

function* readBySystemCall(directory: Path, reader: DirectoryReader): Generator<Entry[]> {
  const fd = openSync(systemPath(directory), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (;;) {
      const bytes = reader.fill(fd);
      if (bytes < 0) throw Object.assign(new Error('the folder cannot be read'), { code: 'EIO' });
      if (bytes === 0) return;
      yield parseDirents(reader.buffer, bytes);
    }
  } finally {
    closeSync(fd);
  }
}

const BATCH = 1024;

/** Names come as text that may have lost bytes; those that may are asked for again, as bytes, at the end. */
function* readByRuntime(directory: Path): Generator<Entry[]> {
  const path = systemPath(directory);
  // opendir takes bytes, too; its types do not say so.
  const folder = opendirSync(path as string, { bufferSize: BATCH });
  let hasLostBytes = false;
  try {
    for (let isOpen = true; isOpen; ) {
      const entries: Entry[] = [];
      while (entries.length < BATCH) {
        const entry = folder.readSync();
        isOpen = entry !== null;
        if (!entry) break;
        if (entry.name.includes('\ufffd')) hasLostBytes = true;
        else entries.push({ name: entry.name, kind: kindOf(entry) });
      }
      yield entries;
    }
  } finally {
    folder.closeSync();
  }
  if (!hasLostBytes) return;
  const names = readdirSync(path, { encoding: 'buffer' }).filter((name) =>
    name.toString('utf8').includes('\ufffd'),
  );
  yield names.map((name) => ({ name: toPath(name), kind: 'unknown' }));
}

function kindOf(entry: Dirent): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  const isOther = entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice();
  return isOther ? 'other' : 'unknown';
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A database that is damaged, or not of the expected format. */
export class DatabaseDamaged extends Error {}

/** A file that is read in small pieces from anywhere, however large it is. */
export interface DatabaseFile {
  size: number;
  /** Throws DatabaseDamaged where the file is too short. */
  read(offset: number, length: number): Buffer;
}

/**
 * A step of reading a database: the beginning of a package's header, or undefined when nothing was found but time has
 * passed. The reader may stop after each step.
 */
export type Step = Buffer | undefined;

/** The bytes of a header that are read. Names and versions are at its beginning, lists of files at its end. */
export const MAX_HEADER_BYTES = 1024 * 1024;

/** Opens a file for `use`, and closes it when the returned steps end. */
export function* withDatabase<T>(path: string, use: (file: DatabaseFile) => Generator<T>): Generator<T> {
  const fd = openSync(path, 'r');
  try {
    yield* use(databaseFile(fd));
  } finally {
    closeSync(fd);
  }
}

function databaseFile(fd: number): DatabaseFile {
  const { size } = fstatSync(fd);
  return {
    size,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new DatabaseDamaged(`it refers to byte ${offset + length}, but has ${size} bytes`);
      }
      const bytes = Buffer.alloc(length);
      const count = readSync(fd, bytes, 0, length, offset);
      if (count < length) throw new DatabaseDamaged(`it became shorter than ${offset + length} bytes`);
      return bytes;
    },
  };
}

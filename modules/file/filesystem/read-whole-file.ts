import { closeSync, readSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import { LargeFileError, type OpenFile, openRegularFile } from './open-file.ts';

/** The first buffer for a file that reports no size, as those of /proc. */
const UNSIZED_BYTES = 64 * 1024;

/**
 * Reads a regular file of at most `maxBytes`, up to the size that it had at the start. Throws OpenError, DirectoryError,
 * or LargeFileError; also for a file that reports no size and has more than `maxBytes`.
 */
export function readWholeFile(file: Path, maxBytes: number): Buffer {
  const opened = openRegularFile(file, maxBytes);
  try {
    return readOpened(opened, maxBytes);
  } finally {
    closeSync(opened.fd);
  }
}

function readOpened({ file, fd, size }: OpenFile, maxBytes: number): Buffer {
  let bytes = Buffer.alloc(size > 0 ? size : Math.min(UNSIZED_BYTES, maxBytes));
  let length = 0;
  while (true) {
    const count = readAt(fd, bytes, length, file);
    length += count;
    if (count === 0 || length === size) return bytes.subarray(0, length);
    if (length < bytes.length) continue;
    if (length >= maxBytes) throw new LargeFileError(length);
    bytes = Buffer.concat([bytes], Math.min(2 * length, maxBytes));
  }
}

function readAt(fd: number, bytes: Buffer, position: number, file: Path): number {
  try {
    return readSync(fd, bytes, position, bytes.length - position, position);
  } catch (error) {
    throw new Error(`read ${toDisplayPath(file)}: ${goErrno(error)}`, { cause: error });
  }
}

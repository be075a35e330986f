import { closeSync, readSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import type { Deadline } from '../deadline.ts';
import { isGzip, readGzip } from './gzip.ts';
import type { OnChunk } from './on-chunk.ts';
import { type OpenFile, openRegularFile } from './open-file.ts';

const CHUNK_BYTES = 256 * 1024;
/** The limit for a file that reports no size, as those of /proc. */
const MAX_UNSIZED_BYTES = 1024 * 1024 * 1024;

/** The context that the readings of all files of a run share. */
export interface ReadContext {
  deadline: Deadline;
  /** One buffer for all files, which are read one after another. */
  buffer: Buffer;
  /** A larger file throws LargeFileError. */
  maxBytes: number;
}

export function createReadBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

interface Source {
  file: Path;
  context: ReadContext;
}

/**
 * Reads a regular file in chunks, up to the size that it had at the start: a growing file might never end. Throws
 * OpenError, DirectoryError, LargeFileError or DeadlineError.
 */
export function readChunks({ file, context }: Source, onChunk: OnChunk): void {
  const opened = openRegularFile(file, context.maxBytes);
  try {
    readOpened(opened, context, onChunk);
  } finally {
    closeSync(opened.fd);
  }
}

/** Reads the content of a gzip file, or the file itself if it is none. Throws as `readChunks` does. */
export async function readInflatedChunks({ file, context }: Source, onChunk: OnChunk): Promise<void> {
  const opened = openRegularFile(file, context.maxBytes);
  try {
    if (isGzip(opened.fd)) {
      await readGzip(opened.fd, { onChunk, checkDeadline: () => context.deadline.check(file) });
    } else {
      readOpened(opened, context, onChunk);
    }
  } finally {
    closeSync(opened.fd);
  }
}

function readOpened({ file, fd, size }: OpenFile, { buffer, deadline }: ReadContext, onChunk: OnChunk): void {
  const end = size > 0 ? size : MAX_UNSIZED_BYTES;
  let position = 0;
  while (position < end) {
    if (position > 0) deadline.check(file);
    let count: number;
    try {
      count = readSync(fd, buffer, 0, Math.min(buffer.length, end - position), position);
    } catch (error) {
      throw new Error(`read ${toDisplayPath(file)}: ${goErrno(error)}`, { cause: error });
    }
    if (count === 0) return;
    position += count;
    if (!onChunk(buffer.subarray(0, count), count === size)) return;
  }
  if (size === 0) throw new Error(`read ${toDisplayPath(file)}: no end within ${MAX_UNSIZED_BYTES} bytes`);
}

import { closeSync, openSync, readSync } from 'node:fs';

/** More than any file that a person writes or names for these programs. */
const MAX_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a whole file, a pipe or a device, up to a limit: `/dev/zero` never ends, and a file may grow while it is read. Throws
 * the error of the file system, or a RangeError.
 */
export function readBytes(file: string, maxBytes = MAX_BYTES): Buffer {
  const fd = openSync(file, 'r');
  try {
    return readUpTo(fd, maxBytes);
  } finally {
    closeSync(fd);
  }
}

function readUpTo(fd: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let total = 0;
  while (true) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const bytes = readSync(fd, chunk);
    if (bytes === 0) return Buffer.concat(chunks, total);
    total += bytes;
    if (total > maxBytes) throw new RangeError(`it has over ${maxBytes} bytes`);
    chunks.push(chunk.subarray(0, bytes));
  }
}

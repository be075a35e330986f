import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

/** The first bytes of a file. Those of /proc have no size, and a process decides how long some of its own are. */
export function readStart(file: string, maxBytes: number): Buffer {
  const fd = openSync(file, 'r');
  try {
    return readStartOf(fd, maxBytes);
  } finally {
    closeSync(fd);
  }
}

/** The next bytes of an open file. */
export function readStartOf(fd: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  while (left > 0) {
    const chunk = Buffer.alloc(Math.min(left, CHUNK_BYTES));
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(chunks);
}

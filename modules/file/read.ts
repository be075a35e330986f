import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { goErrno } from '../go-text.ts';

const CHUNK = 256 * 1024;
/** One for all files, which are read one after the other. */
const chunk = Buffer.allocUnsafeSlow(CHUNK);

/**
 * Gives the bytes of a regular file in chunks to `take`, until it says false. The chunk is reused: it is valid until
 * `take` returns. Throws `open P: …` as OpenError when it cannot be opened.
 */
export function readChunks(file: string, take: (chunk: Buffer) => boolean): void {
  const { fd, size } = open(file);
  try {
    for (let position = 0; ; ) {
      const count = readSync(fd, chunk, 0, CHUNK, position);
      if (count === 0) return;
      position += count;
      // A file that was read to its size needs no second read to find its end; /proc says 0 for all.
      if (!take(chunk.subarray(0, count)) || position === size) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** The same of what is inside a gzip file; a file that does not begin as one is taken as it is. */
export async function readInflatedChunks(file: string, take: (chunk: Buffer) => boolean): Promise<void> {
  const { fd } = open(file);
  try {
    if (!hasGzipMagic(fd)) return readChunks(file, take);
    const inflated = createReadStream('', { fd, autoClose: false, start: 0, highWaterMark: CHUNK }).pipe(
      createGunzip(),
    );
    for await (const chunk of inflated) if (!take(chunk)) return;
  } finally {
    closeSync(fd);
  }
}

/** Not a pipe, not a device: those would block or never end. */
function open(file: string): { fd: number; size: number } {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new OpenError(`open ${file}: ${goErrno(error)}`);
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, size: stats.size };
  closeSync(fd);
  throw new OpenError(`read ${file}: is not a regular file`);
}

export class OpenError extends Error {}

function hasGzipMagic(fd: number): boolean {
  const magic = Buffer.alloc(2);
  return readSync(fd, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
}

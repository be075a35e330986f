import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { goErrno } from '../go-text.ts';

const CHUNK = 256 * 1024;
/** One for all files, which are read one after the other. */
const chunk = Buffer.allocUnsafeSlow(CHUNK);

/**
 * The bytes of a regular file in chunks, gunzipped when asked and when it begins with the gzip magic. The chunk is
 * reused: it is valid until the next one is asked for. Throws `open P: …` with `isOpen` false when it cannot be read.
 */
export async function* readChunks(
  file: string,
  { decompress }: { decompress: boolean },
): AsyncGenerator<Buffer> {
  const fd = open(file);
  try {
    if (decompress && hasGzipMagic(fd)) {
      yield* createReadStream('', { fd, autoClose: false, start: 0, highWaterMark: CHUNK }).pipe(
        createGunzip(),
      );
      return;
    }
    const { size } = fstatSync(fd);
    for (let position = 0; ; ) {
      const count = readSync(fd, chunk, 0, CHUNK, position);
      if (count === 0) return;
      position += count;
      yield chunk.subarray(0, count);
      // A file that was read to its size needs no second read to find its end; /proc says 0 for all.
      if (position === size) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** Not a pipe, not a device: those would block or never end. */
function open(file: string): number {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new OpenError(`open ${file}: ${goErrno(error)}`);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new OpenError(`read ${file}: is not a regular file`);
}

export class OpenError extends Error {}

function hasGzipMagic(fd: number): boolean {
  const magic = Buffer.alloc(2);
  return readSync(fd, magic, 0, 2, 0) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
}

import { readSync } from 'node:fs';
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';

/**
 * Takes bytes that are valid until it returns; false ends the reading. `isWhole`: they are all of the file, as of most
 * files, for which there is a shorter way.
 */
export type Take = (chunk: Buffer, isWhole: boolean) => boolean;

/**
 * So little at a time, because what a piece holds in front of a fault in it is lost with it; less of the first ones, which
 * may be all that there is.
 */
const PIECE = 64 * 1024;
const SMALL_PIECE = 4 * 1024;
const SMALL_PIECES_BEFORE = 64 * 1024;

export function isGzip(fd: number): boolean {
  const magic = read(fd, 0, 2);
  return magic.length === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
}

/**
 * Gives what is inside the members of a gzip file to `take`, all that comes before a fault included; throws Go's errors:
 * a member that ends early, whose checksum is wrong, or that is followed by something else.
 */
export async function readGzip(fd: number, take: Take, check: () => void): Promise<void> {
  let isOpen = true;
  let sum = 0;
  let length = 0;
  const takeInflated = (chunk: Buffer) => {
    if (!isOpen) return;
    sum = crc32(chunk, sum);
    length += chunk.length;
    isOpen = take(chunk, false);
  };
  for (let at = 0; ; ) {
    const start = memberStart(fd, at);
    if (start === undefined) return;
    sum = 0;
    length = 0;
    const end = await inflateMember(fd, start, { take: takeInflated, isOpen: () => isOpen, check });
    if (!isOpen) return;
    const trailer = read(fd, end, 8);
    if (trailer.length < 8) throw new Error('unexpected EOF');
    if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== length % 2 ** 32)
      throw new Error('gzip: invalid checksum');
    at = end + 8;
  }
}

const HEADER = 10;
const MAX_HEADER = 64 * 1024 + 1024;

/** Where the compressed bytes of the member begin whose header is here; undefined at the file's end. */
function memberStart(fd: number, at: number): number | undefined {
  const fixed = read(fd, at, HEADER);
  if (fixed.length === 0) return undefined;
  if (fixed.length < HEADER) throw new Error('unexpected EOF');
  if (fixed[0] !== 0x1f || fixed[1] !== 0x8b || fixed[2] !== 8) throw new Error('gzip: invalid header');
  const flags = fixed[3] as number;
  let end = HEADER;
  if ((flags & 0b11110) === 0) return at + end;
  const bytes = read(fd, at, MAX_HEADER);
  if (flags & 4) end += 2 + (bytes.length >= end + 2 ? bytes.readUInt16LE(end) : 0);
  for (const hasText of [flags & 8, flags & 16]) {
    if (!hasText) continue;
    const zero = bytes.indexOf(0, end);
    if (zero < 0) throw new Error('gzip: invalid header');
    end = zero + 1;
  }
  if (flags & 2) end += 2;
  if (end > bytes.length) throw new Error('unexpected EOF');
  return at + end;
}

interface Inflating {
  take: (chunk: Buffer) => void;
  isOpen: () => boolean;
  check: () => void;
}

/** Where the member's compressed bytes end. */
async function inflateMember(fd: number, start: number, { take, isOpen, check }: Inflating): Promise<number> {
  const inflate = createInflateRaw();
  inflate.on('data', take);
  try {
    for (let at = start; isOpen(); ) {
      check();
      const piece = read(fd, at, at - start < SMALL_PIECES_BEFORE ? SMALL_PIECE : PIECE);
      at += piece.length;
      const step = await (piece.length === 0 ? finish(inflate) : write(inflate, piece));
      if (step === 'ended') return start + inflate.bytesWritten;
    }
    return start;
  } finally {
    inflate.destroy();
  }
}

function write(inflate: InflateRaw, piece: Buffer): Promise<'taken' | 'ended'> {
  return step(inflate, (done) => inflate.write(piece, () => done()));
}

function finish(inflate: InflateRaw): Promise<'taken' | 'ended'> {
  return step(inflate, () => inflate.end());
}

function step(inflate: InflateRaw, act: (done: () => void) => void): Promise<'taken' | 'ended'> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      inflate.removeAllListeners('end');
      inflate.removeAllListeners('error');
      inflate.on('error', () => {}); // a second one has nobody to hear it
      outcome();
    };
    inflate.once('end', () => settle(() => resolve('ended')));
    inflate.once('error', (error: NodeJS.ErrnoException) =>
      settle(() => reject(new Error(goText(error, inflate.bytesWritten), { cause: error }))),
    );
    act(() => settle(() => resolve('taken')));
  });
}

function goText({ code }: NodeJS.ErrnoException, offset: number): string {
  return code === 'Z_BUF_ERROR' ? 'unexpected EOF' : `flate: corrupt input before offset ${offset}`;
}

function read(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

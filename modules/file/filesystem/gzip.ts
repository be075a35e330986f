import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { inflateMember } from './inflate.ts';
import type { OnChunk } from './on-chunk.ts';

export function isGzip(fd: number): boolean {
  const magic = readAt(fd, 0, 2);
  return magic.length === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
}

/**
 * Inflates all members of a gzip file (RFC 1952), and the bytes before a fault. Throws with Go's messages when a member
 * ends early, has a wrong checksum, or is followed by other data.
 */
export async function readGzip(
  fd: number,
  { onChunk, checkDeadline }: { onChunk: OnChunk; checkDeadline: () => void },
): Promise<void> {
  const state = { isStopped: false, crc: 0, length: 0 };
  const onData = (chunk: Buffer) => {
    if (state.isStopped) return;
    state.crc = crc32(chunk, state.crc);
    state.length += chunk.length;
    state.isStopped = !onChunk(chunk, false);
  };
  let member = 0;
  while (true) {
    const start = findDeflateStart(fd, member);
    if (start === undefined) return;
    state.crc = 0;
    state.length = 0;
    const source = { fd, start, onData, isStopped: () => state.isStopped, checkDeadline };
    const end = await inflateMember(source);
    if (state.isStopped) return;
    verifyTrailer(readAt(fd, end, TRAILER_BYTES), state);
    member = end + TRAILER_BYTES;
  }
}

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const MAX_HEADER_BYTES = 64 * 1024 + 1024;
/** The flags of a member header: a checksum, an extra field, a file name, a comment. */
const FHCRC = 2;
const FEXTRA = 4;
const FNAME = 8;
const FCOMMENT = 16;

/** Returns where the compressed bytes of the member at this position start; undefined at the end of the file. */
function findDeflateStart(fd: number, member: number): number | undefined {
  const fixed = readAt(fd, member, HEADER_BYTES);
  if (fixed.length === 0) return undefined;
  if (fixed.length < HEADER_BYTES) throw new Error('unexpected EOF');
  if (fixed[0] !== 0x1f || fixed[1] !== 0x8b || fixed[2] !== 8) throw new Error('gzip: invalid header');
  const flags = fixed[3] as number;
  let end = HEADER_BYTES;
  if ((flags & (FHCRC | FEXTRA | FNAME | FCOMMENT)) === 0) return member + end;
  const header = readAt(fd, member, MAX_HEADER_BYTES);
  if (flags & FEXTRA) end += 2 + (header.length >= end + 2 ? header.readUInt16LE(end) : 0);
  for (const hasText of [flags & FNAME, flags & FCOMMENT]) {
    if (!hasText) continue;
    const zero = header.indexOf(0, end);
    if (zero < 0) throw new Error('gzip: invalid header');
    end = zero + 1;
  }
  if (flags & FHCRC) end += 2;
  if (end > header.length) throw new Error('unexpected EOF');
  return member + end;
}

function verifyTrailer(trailer: Buffer, { crc, length }: { crc: number; length: number }): void {
  if (trailer.length < TRAILER_BYTES) throw new Error('unexpected EOF');
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw new Error('gzip: invalid checksum');
  }
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}

import { readSync } from 'node:fs';
import { createInflateRaw, type InflateRaw } from 'node:zlib';

/**
 * A fault loses all output of its piece of input. Pieces are therefore small, and smaller still at the start, which may be
 * the whole file.
 */
const PIECE_BYTES = 64 * 1024;
const FIRST_PIECE_BYTES = 4 * 1024;
const FIRST_PIECES_END = 64 * 1024;

interface Source {
  fd: number;
  /** Where the compressed bytes start. */
  start: number;
  onData: (chunk: Buffer) => void;
  isStopped: () => boolean;
  checkDeadline: () => void;
}

/** Inflates one stream and returns where its compressed bytes end. Throws with Go's messages. */
export async function inflateMember(source: Source): Promise<number> {
  const { fd, start, onData, isStopped, checkDeadline } = source;
  const inflate = createInflateRaw();
  inflate.on('data', onData);
  try {
    let position = start;
    while (!isStopped()) {
      checkDeadline();
      const piece = readPiece(fd, position, start);
      position += piece.length;
      const outcome = await (piece.length === 0 ? endInput(inflate) : writeInput(inflate, piece));
      if (outcome === 'ended') return start + inflate.bytesWritten;
    }
    return start;
  } finally {
    inflate.destroy();
  }
}

function readPiece(fd: number, position: number, start: number): Buffer {
  const isFirst = position - start < FIRST_PIECES_END;
  const bytes = Buffer.allocUnsafe(isFirst ? FIRST_PIECE_BYTES : PIECE_BYTES);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, position));
}

type Outcome = 'written' | 'ended';

function writeInput(inflate: InflateRaw, piece: Buffer): Promise<Outcome> {
  return untilSettled(inflate, (onWritten) => inflate.write(piece, () => onWritten()));
}

function endInput(inflate: InflateRaw): Promise<Outcome> {
  return untilSettled(inflate, () => inflate.end());
}

/** Makes one call on the stream, and waits for the callback, the end or an error, whichever is first. */
function untilSettled(inflate: InflateRaw, call: (onWritten: () => void) => void): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stopListening = () => {
      inflate.removeAllListeners('end');
      inflate.removeAllListeners('error');
      inflate.on('error', () => {}); // A second error would be unhandled.
    };
    inflate.once('end', () => {
      stopListening();
      resolve('ended');
    });
    inflate.once('error', (error: NodeJS.ErrnoException) => {
      stopListening();
      reject(new Error(toGoMessage(error, inflate.bytesWritten), { cause: error }));
    });
    call(() => {
      stopListening();
      resolve('written');
    });
  });
}

function toGoMessage({ code }: NodeJS.ErrnoException, offset: number): string {
  return code === 'Z_BUF_ERROR' ? 'unexpected EOF' : `flate: corrupt input before offset ${offset}`;
}

import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 10;

/** A line, and the offset of the byte after its line feed. */
export interface LineAt {
  text: string;
  end: number;
}

/**
 * Reads a file line by line from an offset, in bounded memory: a line of more than `maxLineBytes` is skipped. What
 * follows the last line feed is no line yet. A file that does not exist has none.
 */
export function* readLines(
  file: string,
  { maxLineBytes, from = 0 }: { maxLineBytes: number; from?: number },
): Generator<LineAt> {
  const fd = openIfThere(file);
  if (fd === undefined) return;
  try {
    yield* linesOf(fd, { maxLineBytes, from });
  } finally {
    closeSync(fd);
  }
}

function* linesOf(
  fd: number,
  { maxLineBytes, from }: { maxLineBytes: number; from: number },
): Generator<LineAt> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  /** The beginning of a line whose end is in a later chunk. */
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let position = from;
  for (;;) {
    const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, position);
    if (bytes === 0) return;
    const read = chunk.subarray(0, bytes);
    let start = 0;
    let feed = read.indexOf(LINE_FEED);
    while (feed !== -1) {
      if (pieceBytes + feed - start <= maxLineBytes) {
        const text = read.toString('utf8', start, feed);
        const end = position + feed + 1;
        yield pieces.length === 0
          ? { text, end }
          : { text: Buffer.concat([...pieces, read.subarray(start, feed)]).toString(), end };
      }
      pieces = [];
      pieceBytes = 0;
      start = feed + 1;
      feed = read.indexOf(LINE_FEED, start);
    }
    pieceBytes += bytes - start;
    if (pieceBytes > maxLineBytes) pieces = [];
    else if (start < bytes) pieces.push(Buffer.from(read.subarray(start)));
    position += bytes;
  }
}

/** The lines of a file that are JSON objects; what a crash or a stranger left between them did not happen. */
export function* readJsonLines<T>(
  file: string,
  options: { maxLineBytes: number; from?: number },
): Generator<{ value: T; end: number }> {
  for (const { text, end } of readLines(file, options)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      continue;
    }
    if (typeof value === 'object' && value !== null) yield { value: value as T, end };
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

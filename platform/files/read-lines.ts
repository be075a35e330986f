import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 10;

/** A line, and the offset of the byte after its line feed. */
export interface LineAt {
  text: string;
  end: number;
}

/**
 * Reads a file line by line from an offset, in bounded memory: a line of more than `maxLineBytes` is skipped. The text after
 * the last line feed is no line yet. A file that does not exist has no lines.
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
  const line = new LineBuffer(maxLineBytes);
  for (const { chunk, position } of readChunks(fd, from)) {
    let start = 0;
    for (const feed of lineFeedsIn(chunk)) {
      const text = line.end(chunk.subarray(start, feed));
      start = feed + 1;
      if (text !== undefined) yield { text, end: position + start };
    }
    line.append(chunk.subarray(start));
  }
}

/** Each chunk is valid until the next one is read. */
function* readChunks(fd: number, from: number): Generator<{ chunk: Buffer; position: number }> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let position = from;
  let bytes = readSync(fd, buffer, 0, CHUNK_BYTES, position);
  while (bytes > 0) {
    yield { chunk: buffer.subarray(0, bytes), position };
    position += bytes;
    bytes = readSync(fd, buffer, 0, CHUNK_BYTES, position);
  }
}

function* lineFeedsIn(chunk: Buffer): Generator<number> {
  let feed = chunk.indexOf(LINE_FEED);
  while (feed !== -1) {
    yield feed;
    feed = chunk.indexOf(LINE_FEED, feed + 1);
  }
}

/** The parts of a line that extends over several chunks; those of a line that is too long are dropped. */
class LineBuffer {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(Buffer.from(part));
  }

  /** Returns the whole line; undefined when it was too long. */
  end(part: Buffer): string | undefined {
    const isTooLong = this.#bytes + part.length > this.#maxBytes;
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    if (isTooLong) return undefined;
    return parts.length === 0 ? part.toString() : Buffer.concat([...parts, part]).toString();
  }
}

/** Reads the lines of a file that are JSON objects, and skips every other line, such as one that a crash cut off. */
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

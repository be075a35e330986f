import { isUtf8 } from 'node:buffer';
import type { BlockFilter } from '../regexp/native.ts';

const LF = 0x0a;
/** Bytes of a line without its LF; a longer one ends the inspection silently (spec: content). */
const MAX_LINE = 65_535;

/** Some whole lines of a file, as bytes; as text only when somebody asks. */
export interface Block {
  bytes: Buffer;
  lines(): string[];
}

/** Cuts a file that comes in chunks into blocks of whole lines; ends before a line that is too long. */
export class BlockCutter {
  #rest: Buffer = Buffer.alloc(0);
  #hasEnded = false;

  /** The block that this chunk completes, if any; valid until the chunk is reused. */
  push(chunk: Buffer): Block | undefined {
    if (this.#hasEnded) return undefined;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
    const limit = endOfShortLines(whole);
    this.#rest = Buffer.from(bytes.subarray(whole.length));
    this.#hasEnded = limit < whole.length || this.#rest.length > MAX_LINE;
    return limit > 0 ? toBlock(whole.subarray(0, limit)) : undefined;
  }

  /** The last line, when no line feed ends it. */
  finish(): Block | undefined {
    return this.#hasEnded || this.#rest.length === 0 ? undefined : toBlock(this.#rest);
  }

  /** True when nothing that comes can make another block. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }
}

/** The lines of a block in which some bytes occur, as text. */
export function* linesWith({ bytes }: Block, literal: Buffer): Generator<string> {
  for (let at = bytes.indexOf(literal); at >= 0; ) {
    const start = bytes.lastIndexOf(LF, at) + 1;
    const next = bytes.indexOf(LF, at);
    const end = next < 0 ? bytes.length : next;
    yield withoutCr(decodeUtf8(bytes.subarray(start, end)));
    at = bytes.indexOf(literal, end);
  }
}

/** The lines of a block in which the filter finds something, as text. */
export function* linesThat({ bytes }: Block, { regexp, isAscii }: BlockFilter): Generator<string> {
  const text = isAscii ? bytes.toString('latin1') : decodeUtf8(bytes);
  regexp.lastIndex = 0;
  for (let found = regexp.exec(text); found; found = regexp.exec(text)) {
    // A class may hold the line feed, so a find may begin at one or reach over it; the next search begins in the line
    // after, where every match of that line still begins.
    const next = text.indexOf('\n', found.index);
    const end = next < 0 ? text.length : next;
    if (end > found.index) {
      const start = text.lastIndexOf('\n', found.index) + 1;
      yield withoutCr(isAscii ? decodeUtf8(bytes.subarray(start, end)) : text.slice(start, end));
    }
    regexp.lastIndex = end + 1;
  }
}

function toBlock(bytes: Buffer): Block {
  let lines: string[] | undefined;
  return {
    bytes,
    lines() {
      lines ??= splitLines(bytes);
      return lines;
    },
  };
}

function splitLines(bytes: Buffer): string[] {
  const text = decodeUtf8(bytes);
  const lines = text.split('\n');
  if (text.endsWith('\n')) lines.pop();
  return text.includes('\r') ? lines.map(withoutCr) : lines;
}

/** Where the first line that is too long begins, or the end: each step looks back from as far as a line may reach. */
function endOfShortLines(bytes: Buffer): number {
  for (let start = 0; start + MAX_LINE < bytes.length; ) {
    const end = bytes.lastIndexOf(LF, start + MAX_LINE);
    if (end < start) return start;
    start = end + 1;
  }
  return bytes.length;
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Each byte that is not part of valid UTF-8 becomes one U+FFFD, as Go sees it; TextDecoder would join some. */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let start = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    text += `${bytes.toString('utf8', start, i)}\ufffd`;
    start = ++i;
  }
  return text + bytes.toString('utf8', start);
}

/** Length of the valid sequence at i, 0 when there is none. */
function sequenceLength(bytes: Buffer, i: number): number {
  const first = bytes[i] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return isUtf8(bytes.subarray(i, i + length)) && i + length <= bytes.length ? length : 0;
}

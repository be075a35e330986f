import { decodeUtf8 } from '../../../contract/go/utf8.ts';
import type { Edges } from '../../../platform/re2/pieces.ts';
import type { BlockFilter } from '../../../platform/re2/prefilter.ts';

export const LF = 0x0a;

/** Some whole lines of a file, or a piece of one long line. */
export interface Block {
  bytes: Buffer;
  /** Decodes the block, once. */
  lines(): string[];
  /** Only for a piece of a line: which of its ends are ends of the line. */
  edges?: Edges | undefined;
}

export function createBlock(bytes: Buffer, edges?: Edges): Block {
  let lines: string[] | undefined;
  return {
    bytes,
    edges,
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

/** Yields the lines of a block that contain the literal, decoding no others. */
export function* linesContaining({ bytes }: Block, literal: Buffer): Generator<string> {
  let found = bytes.indexOf(literal);
  while (found >= 0) {
    const start = bytes.lastIndexOf(LF, found) + 1;
    const lineFeed = bytes.indexOf(LF, found);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    yield withoutCr(decodeUtf8(bytes.subarray(start, end)));
    found = bytes.indexOf(literal, end);
  }
}

/** Yields the lines of a block in which the filter finds a candidate. */
export function* linesFoundBy({ bytes }: Block, { regexp, isAscii }: BlockFilter): Generator<string> {
  const text = isAscii ? bytes.toString('latin1') : decodeUtf8(bytes);
  regexp.lastIndex = 0;
  for (let found = regexp.exec(text); found; found = regexp.exec(text)) {
    // A class may contain the line feed, so the filter may find text that starts at one or spans it. Continuing at the
    // start of the next line finds every candidate of that line.
    const lineFeed = text.indexOf('\n', found.index);
    const end = lineFeed < 0 ? text.length : lineFeed;
    if (end > found.index) {
      const start = text.lastIndexOf('\n', found.index) + 1;
      yield withoutCr(isAscii ? decodeUtf8(bytes.subarray(start, end)) : text.slice(start, end));
    }
    regexp.lastIndex = end + 1;
  }
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

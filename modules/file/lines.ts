import { isUtf8 } from 'node:buffer';

const LF = 0x0a;
/** Bytes of a line without its LF; a longer one ends the inspection silently (spec: content). */
const MAX_LINE = 65_535;

/** The lines of a file as text, one CR before the LF removed; stops before a line that is too long. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = block.lastIndexOf(LF);
    const { lines, isTooLong } = splitLines(block.subarray(0, end + 1));
    if (lines.length > 0) yield lines;
    if (isTooLong) return;
    rest = Buffer.from(block.subarray(end + 1));
    if (rest.length > MAX_LINE) return;
  }
  if (rest.length > 0) yield [withoutCr(decodeUtf8(rest))];
}

/** Splits a block that ends with LF. */
function splitLines(block: Buffer): { lines: string[]; isTooLong: boolean } {
  const isShort = block.length <= MAX_LINE;
  const limit = isShort ? block.length : endOfShortLines(block);
  const text = decodeUtf8(block.subarray(0, limit));
  const lines = text.split('\n');
  lines.pop();
  return { lines: text.includes('\r') ? lines.map(withoutCr) : lines, isTooLong: limit < block.length };
}

/** Where the first line that is too long begins, or the end. */
function endOfShortLines(block: Buffer): number {
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(LF, start);
    if (end - start > MAX_LINE) return start;
    start = end + 1;
  }
  return block.length;
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

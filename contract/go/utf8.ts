import { isUtf8 } from 'node:buffer';

/** Decodes UTF-8 as Go does: every invalid byte becomes a U+FFFD of its own. TextDecoder would merge some. */
export function decodeUtf8(bytes: Buffer): string {
  return decodeBytes(bytes, () => 0xfffd);
}

/**
 * Decodes UTF-8; `toUnit` returns the UTF-16 unit that stands for an invalid byte. Writes into one array of units,
 * because half of a binary file is invalid and joining that many strings would need a hundred times the memory.
 */
export function decodeBytes(bytes: Buffer, toUnit: (invalidByte: number) => number): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const units = new Uint16Array(bytes.length);
  let count = 0;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] as number;
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      units[count++] = toUnit(byte);
      at++;
      continue;
    }
    const code = length === 1 ? byte : codePoint(bytes, at, length);
    if (code > 0xffff) {
      units[count++] = 0xd800 + ((code - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
    } else units[count++] = code;
    at += length;
  }
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/**
 * Returns the length of the valid sequence at `start`, or 0 when there is none (Unicode, table 3-7). A missing byte at the
 * end counts as 0, which continues no sequence.
 */
function sequenceLength(bytes: Buffer, start: number): number {
  const first = bytes[start] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[start + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let at = start + 2; at < start + length; at++) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

function codePoint(bytes: Buffer, start: number, length: number): number {
  let code = (bytes[start] as number) & (0xff >> (length + 1));
  for (let at = start + 1; at < start + length; at++) code = (code << 6) | ((bytes[at] as number) & 0x3f);
  return code;
}

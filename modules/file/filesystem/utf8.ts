import { isUtf8 } from 'node:buffer';

/** Each byte that is not part of valid UTF-8 becomes one U+FFFD, as Go sees it; TextDecoder would join some. */
export function decodeUtf8(bytes: Buffer): string {
  return decodeBytes(bytes, () => 0xfffd);
}

/**
 * UTF-8 as text; `invalid` gives the UTF-16 unit that stands for a byte that is not part of it. Half of a binary file is
 * such bytes: text put together from so many pieces would take a hundred times their memory.
 */
export function decodeBytes(bytes: Buffer, invalid: (byte: number) => number): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i] as number;
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      units[count++] = invalid(byte);
      i++;
      continue;
    }
    const code = length === 1 ? byte : codePoint(bytes, i, length);
    if (code > 0xffff) {
      units[count++] = 0xd800 + ((code - 0x10000) >> 10);
      units[count++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
    } else units[count++] = code;
    i += length;
  }
  return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
}

/** Length of the valid sequence at i, 0 when there is none (Unicode, table 3-7). */
function sequenceLength(bytes: Buffer, i: number): number {
  const first = bytes[i] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[i + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (let at = i + 2; at < i + length; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

function codePoint(bytes: Buffer, i: number, length: number): number {
  let code = (bytes[i] as number) & (0xff >> (length + 1));
  for (let at = i + 1; at < i + length; at++) code = (code << 6) | ((bytes[at] as number) & 0x3f);
  return code;
}

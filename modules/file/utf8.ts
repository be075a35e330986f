import { isUtf8 } from 'node:buffer';

/** Each byte that is not part of valid UTF-8 becomes one U+FFFD, as Go sees it; TextDecoder would join some. */
export function decodeUtf8(bytes: Buffer): string {
  return decodeBytes(bytes, () => '\ufffd');
}

/** UTF-8 as text; `invalid` says what stands for a byte that is not part of it. */
export function decodeBytes(bytes: Buffer, invalid: (byte: number) => string): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  let start = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      i += length;
      continue;
    }
    text += bytes.toString('utf8', start, i) + invalid(bytes[i] as number);
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

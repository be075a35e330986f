import { decodeBytes } from './utf8.ts';

/**
 * A path as text, from which its bytes can be made again: a byte that is not part of valid UTF-8 is a lone surrogate,
 * U+DC80 to U+DCFF. No valid name holds one, so text is compared, cut and joined as if all names were UTF-8.
 */
export type Path = string;

export function toPath(bytes: Buffer): Path {
  return decodeBytes(bytes, (byte) => 0xdc00 + byte);
}

/** What system calls take: bytes only where text would not do. */
export function systemPath(path: Path): string | Buffer {
  if (path.isWellFormed() || process.platform === 'win32') return path;
  const parts = path.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 1 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part))),
  );
}

/** What people read: U+FFFD for each byte that is not UTF-8, as Go's JSON has it. */
export function shownPath(path: Path): string {
  return path.toWellFormed();
}

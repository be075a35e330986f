import { decodeBytes } from '../../../contract/go/utf8.ts';

/**
 * A path as text that keeps its bytes: a byte that is not part of valid UTF-8 becomes a lone surrogate, U+DC80 to
 * U+DCFF. Valid UTF-8 never decodes to one, so paths can be compared, cut and joined like any text.
 */
export type Path = string;

export function toPath(bytes: Buffer): Path {
  return decodeBytes(bytes, (byte) => 0xdc00 + byte);
}

/** The form that system calls accept: bytes only if text cannot express the path. */
export function toSystemPath(path: Path): string | Buffer {
  if (path.isWellFormed() || process.platform === 'win32') return path;
  const parts = path.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 1 ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part))),
  );
}

/** The form that people read: each byte that is not UTF-8 becomes U+FFFD, as in Go's JSON. */
export function toDisplayPath(path: Path): string {
  return path.toWellFormed();
}

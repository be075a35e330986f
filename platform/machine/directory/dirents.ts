import type { Entry, Kind } from './entry.ts';
import { toPath } from './system-path.ts';

/** `struct linux_dirent64`: inode (8 bytes), offset (8), record length (2), type (1), then the name and a zero byte. */
const LENGTH_AT = 16;
const TYPE_AT = 18;
const NAME_AT = 19;

/** `d_type`, as in dirent.h. */
const KINDS: Record<number, Kind> = { 0: 'unknown', 4: 'directory', 8: 'file', 10: 'link' };
const DOT = 0x2e;

/** Parses a buffer of `struct linux_dirent64`, leaving out `.` and `..`. */
export function parseDirents(buffer: Buffer, bytes: number): Entry[] {
  const entries: Entry[] = [];
  let record = 0;
  while (record < bytes) {
    const start = record + NAME_AT;
    const end = buffer.indexOf(0, start);
    if (!isDotOrDotDot(buffer, start, end)) {
      const type = buffer[record + TYPE_AT] as number;
      entries.push({ name: decodeName(buffer, start, end), kind: KINDS[type] ?? 'other' });
    }
    record += recordLength(buffer, record);
  }
  return entries;
}

function recordLength(buffer: Buffer, record: number): number {
  return (buffer[record + LENGTH_AT] as number) | ((buffer[record + LENGTH_AT + 1] as number) << 8);
}

function isDotOrDotDot(buffer: Buffer, start: number, end: number): boolean {
  if (buffer[start] !== DOT) return false;
  return end === start + 1 || (end === start + 2 && buffer[start + 1] === DOT);
}

function decodeName(buffer: Buffer, start: number, end: number): string {
  const name = buffer.toString('utf8', start, end);
  return name.includes('\ufffd') ? toPath(buffer.subarray(start, end)) : name;
}

import { arch } from 'node:os';
import type { Entry, Kind } from './entry.ts';
import { toPath } from './paths.ts';

/** Linux's own call for reading a folder, which the runtime does not offer: its own ways hold all entries at once. */
export interface DirectoryReader {
  /** Fills the buffer with the next entries; their bytes, 0 at the end. */
  fill(fd: number): number;
  buffer: Buffer;
}

const GETDENTS64: Record<string, number> = { x64: 217, arm64: 61 };
const BATCH_BYTES = 64 * 1024;

interface ForeignFunctions {
  dlopen(
    library: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): { symbols: { syscall(number: number, fd: number, buffer: unknown, bytes: number): number } };
  ptr(buffer: Buffer): unknown;
}

let reader: DirectoryReader | null | undefined;

/** Undefined where the runtime or the system has no such call. */
export function directoryReader(): DirectoryReader | undefined {
  reader ??= openReader() ?? null;
  return reader ?? undefined;
}

function openReader(): DirectoryReader | undefined {
  const number = GETDENTS64[arch()];
  if (process.platform !== 'linux' || number === undefined) return undefined;
  try {
    const ffi = process.getBuiltinModule('bun:ffi') as unknown as ForeignFunctions | undefined;
    if (!ffi) return undefined;
    const { symbols } = ffi.dlopen('libc.so.6', {
      syscall: { args: ['i64', 'i64', 'ptr', 'u64'], returns: 'i64_fast' },
    });
    const buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
    const address = ffi.ptr(buffer);
    return { buffer, fill: (fd) => Number(symbols.syscall(number, fd, address, BATCH_BYTES)) };
  } catch {
    return undefined; // a system that keeps programs from making code: its folders are read at once
  }
}

/** d_type, as in dirent.h. */
const KINDS: Record<number, Kind> = { 0: 'unknown', 4: 'folder', 8: 'file', 10: 'link' };
const DOT = 0x2e;

/** The entries in a buffer of `struct linux_dirent64`, without `.` and `..`. */
export function parseDirents(buffer: Buffer, bytes: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes; ) {
    const start = at + 19;
    const type = buffer[at + 18] as number;
    at += (buffer[at + 16] as number) | ((buffer[at + 17] as number) << 8);
    const end = buffer.indexOf(0, start);
    if (buffer[start] === DOT && (end === start + 1 || (end === start + 2 && buffer[start + 1] === DOT)))
      continue;
    entries.push({ name: toName(buffer, start, end), kind: KINDS[type] ?? 'other' });
  }
  return entries;
}

function toName(buffer: Buffer, start: number, end: number): string {
  const name = buffer.toString('utf8', start, end);
  return name.includes('\ufffd') ? toPath(buffer.subarray(start, end)) : name;
}

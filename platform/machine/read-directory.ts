import { arch } from 'node:os';

/**
 * Reads directories with Linux's getdents64 in batches of one buffer. The runtime's own functions hold all entries of a
 * directory at once, which may be millions.
 */
export interface DirectoryReader {
  /** A batch of `struct linux_dirent64`, which the next `fill` overwrites. */
  buffer: Buffer;
  /** Fills the buffer from an open directory. Returns the number of bytes: 0 at the end, negative on failure. */
  fill(fd: number): number;
}

const SYSCALL_NUMBERS: Record<string, number> = { x64: 217, arm64: 61 };
const BATCH_BYTES = 64 * 1024;

/** The part of `bun:ffi` that is used here. */
interface ForeignFunctions {
  dlopen(
    library: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): { symbols: { syscall(number: number, fd: number, buffer: unknown, bytes: number): number } };
  ptr(buffer: Buffer): unknown;
}

/** Returns undefined where the system or the runtime does not offer the call. */
export function openDirectoryReader(): DirectoryReader | undefined {
  const getdents64 = SYSCALL_NUMBERS[arch()];
  if (process.platform !== 'linux' || getdents64 === undefined) return undefined;
  try {
    const ffi = process.getBuiltinModule('bun:ffi') as unknown as ForeignFunctions | undefined;
    if (!ffi) return undefined;
    const { symbols } = ffi.dlopen('libc.so.6', {
      syscall: { args: ['i64', 'i64', 'ptr', 'u64'], returns: 'i64_fast' },
    });
    const buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
    const address = ffi.ptr(buffer);
    return { buffer, fill: (fd) => Number(symbols.syscall(getdents64, fd, address, BATCH_BYTES)) };
  } catch {
    return undefined; // The C library is missing, or the system forbids generated code.
  }
}

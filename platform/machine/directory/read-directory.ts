import { arch } from 'node:os';
import { openCLibrary } from '../system-calls.ts';

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

/** Returns undefined where the system or the runtime does not offer the call. */
export function openDirectoryReader(): DirectoryReader | undefined {
  const getdents64 = SYSCALL_NUMBERS[arch()];
  if (process.platform !== 'linux' || getdents64 === undefined) return undefined;
  const library = openCLibrary({ syscall: { args: ['i64', 'i64', 'ptr', 'u64'], returns: 'i64_fast' } });
  if (!library) return undefined;
  const buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  const address = library.addressOf(buffer);
  const { syscall } = library.symbols;
  return { buffer, fill: (fd) => Number(syscall(getdents64, fd, address, BATCH_BYTES)) };
}

/** A duration as Go prints it: `486.286µs`, `1.5s`, `2m3.5s` (spec: result conventions). */
export function goDuration(nanoseconds: bigint): string {
  const ns = Number(nanoseconds);
  if (ns === 0) return '0s';
  if (ns < 1_000) return `${ns}ns`;
  if (ns < 1_000_000) return `${trim(ns / 1_000, 3)}µs`;
  if (ns < 1_000_000_000) return `${trim(ns / 1_000_000, 6)}ms`;
  const seconds = ns / 1_000_000_000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${trim(seconds % 60, 9)}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** The text that Go gives an operating system error. */
export function goErrno(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ERRNO[code] ?? (error instanceof Error ? error.message : String(error));
}

const ERRNO: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  EIO: 'input/output error',
  EAGAIN: 'resource temporarily unavailable',
  EINVAL: 'invalid argument',
  ESTALE: 'stale file handle',
  ENOTCONN: 'transport endpoint is not connected',
  ENODEV: 'no such device',
  EBUSY: 'device or resource busy',
  ETIMEDOUT: 'connection timed out',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENXIO: 'no such device or address',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EROFS: 'read-only file system',
  ENOEXEC: 'exec format error',
};

function trim(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}

/** Go's text for an operating system error. */
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
  EEXIST: 'file exists',
  EPROTONOSUPPORT: 'protocol not supported',
  EOPNOTSUPP: 'operation not supported',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EADDRNOTAVAIL: 'cannot assign requested address',
  ETIMEDOUT: 'connection timed out',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ENXIO: 'no such device or address',
  ENOSPC: 'no space left on device',
  EDQUOT: 'disk quota exceeded',
  EROFS: 'read-only file system',
  ENOEXEC: 'exec format error',
};

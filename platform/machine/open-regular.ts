import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';

/** Linux: a handle of a file that is not opened for reading. Node has no name for it. */
const O_PATH = 0o10000000;
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a regular file for reading; undefined for anything else. Users can make a link to a device where a program of root
 * reads, and merely to open some devices acts on them: a watchdog starts. Throws the error of the system.
 */
export function openRegular(path: string): { fd: number; stats: Stats } | undefined {
  if (process.platform !== 'linux') return statSync(path).isFile() ? openChecked(path) : undefined;
  const handle = openSync(path, O_PATH);
  try {
    // By the handle it is the same file, whatever its path has become meanwhile.
    return fstatSync(handle).isFile() ? openChecked(`/proc/self/fd/${handle}`) : undefined;
  } finally {
    closeSync(handle);
  }
}

function openChecked(path: string): { fd: number; stats: Stats } | undefined {
  const fd = openSync(path, READ);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  return undefined;
}

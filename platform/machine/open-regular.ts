import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { isKernelFile, KernelFileError } from './kernel-files.ts';

/** Linux: a handle of a file that is not opened for reading. Node has no name for it. */
const O_PATH = 0o10000000;
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Opens a regular file for reading; undefined for anything else. Users can make a link to a device where a program of root
 * reads, and merely to open some devices acts on them: a watchdog starts. Throws the error of the system, and KernelFileError
 * for a path outside of /proc and /sys that leads there.
 */
export function openRegular(path: string | Buffer): { fd: number; stats: Stats } | undefined {
  if (process.platform !== 'linux') return statSync(path).isFile() ? openChecked(path) : undefined;
  const handle = openSync(path, O_PATH);
  try {
    if (!fstatSync(handle).isFile()) return undefined;
    if (isKernelFile(handle) && !/^\/(proc|sys)\//.test(String(path))) throw new KernelFileError();
    // By the handle it is the same file, whatever its path has become meanwhile.
    return openChecked(`/proc/self/fd/${handle}`);
  } finally {
    closeSync(handle);
  }
}

function openChecked(path: string | Buffer): { fd: number; stats: Stats } | undefined {
  const fd = openSync(path, READ);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  return undefined;
}

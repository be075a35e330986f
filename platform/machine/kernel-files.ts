import { statfsSync } from 'node:fs';

/** The file systems of which the kernel makes the files: proc, sysfs, tracefs, debugfs (linux/magic.h). */
const TYPES = [0x9fa0, 0x6265_6572, 0x7472_6163, 0x6462_6720];

/**
 * A file of the kernel behind a link of somebody. To read one may act: `/proc/kmsg` and `trace_pipe` give each line to one
 * reader only.
 */
export class KernelFileError extends Error {}

/** Whether the kernel makes this open file. They look like regular files. */
export function isKernelFile(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return TYPES.includes(statfsSync(`/proc/self/fd/${fd}`).type);
  } catch {
    return false; // Without /proc there is none of its files.
  }
}

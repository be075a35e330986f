import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toDisplayPath, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import { isKernelFile } from '../../../platform/machine/kernel-files.ts';

export interface OpenFile {
  file: Path;
  fd: number;
  size: number;
}

/** The file cannot be opened, or is a pipe, socket or device. */
export class OpenError extends Error {}

/** The file is a directory: the path of a search may be a link to one. */
export class DirectoryError extends Error {}

export class LargeFileError extends Error {
  readonly size: number;

  constructor(size: number) {
    super('a large file');
    this.size = size;
  }
}

/**
 * Opens a regular file of at most `maxBytes`. Refuses pipes and devices, which would block or never end; one may have
 * replaced a regular file since the walk saw it. Refuses files of the kernel behind a link elsewhere.
 */
export function openRegularFile(file: Path, maxBytes: number): OpenFile {
  const fd = openWithoutBlocking(file);
  const stats = fstatSync(fd);
  const { size } = stats;
  const isFile = stats.isFile();
  if (isFile && isLinkIntoKernel(file, { fd, stats })) {
    closeSync(fd);
    throw new OpenError(`read ${toDisplayPath(file)}: is a link to a file of the kernel`);
  }
  if (isFile && size <= maxBytes) return { file, fd, size };
  closeSync(fd);
  if (isFile) throw new LargeFileError(size);
  if (stats.isDirectory()) throw new DirectoryError(`read ${toDisplayPath(file)}: is a directory`);
  throw new OpenError(`read ${toDisplayPath(file)}: is not a regular file`);
}

function openWithoutBlocking(file: Path): number {
  try {
    return openSync(toSystemPath(file), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new OpenError(`open ${toDisplayPath(file)}: ${goErrno(error)}`);
  }
}

/** To read such a file may act: `/proc/kmsg` gives each line once. A search in /proc or /sys itself reads them. */
function isLinkIntoKernel(file: Path, { fd, stats }: { fd: number; stats: Stats }): boolean {
  // Files of the kernel take no place on a disk; most others do and are not asked about.
  if (stats.blocks !== 0 || !isKernelFile(fd)) return false;
  try {
    return lstatSync(toSystemPath(file)).dev !== stats.dev;
  } catch {
    return true; // The path has changed meanwhile.
  }
}

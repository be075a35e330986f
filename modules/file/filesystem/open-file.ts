import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toDisplayPath, toSystemPath } from './paths.ts';

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
 * replaced a regular file since the walk saw it.
 */
export function openRegularFile(file: Path, maxBytes: number): OpenFile {
  const fd = openWithoutBlocking(file);
  const stats = fstatSync(fd);
  const { size } = stats;
  const isFile = stats.isFile();
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

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import type { Clock } from '../deadline.ts';
import { isGzip, readGzip, type Take } from './gzip.ts';
import { type Path, shownPath, systemPath } from './paths.ts';

const CHUNK = 256 * 1024;
/** One for all files, which are read one after the other. */
const chunk = Buffer.allocUnsafeSlow(CHUNK);
/** How much is read of a file that has no size, as those of /proc. */
const MAX_UNSIZED = 1024 * 1024 * 1024;

/** How files are read. */
export interface Reading {
  clock: Clock;
  /** A file with more bytes is not read now: LargeFile is thrown. */
  maxBytes: number;
}

/**
 * Gives the bytes of a regular file in chunks to `take`. What is added to it meanwhile is not read: it might never end.
 * Throws `open P: …` as OpenError when it cannot be opened.
 */
export function readChunks(file: Path, take: Take, reading: Reading): void {
  const opened = open(file, reading);
  try {
    readOpened(opened, take, reading);
  } finally {
    closeSync(opened.fd);
  }
}

/** The same of what is inside a gzip file; a file that does not begin as one is taken as it is. */
export async function readInflatedChunks(file: Path, take: Take, reading: Reading): Promise<void> {
  const opened = open(file, reading);
  try {
    if (!isGzip(opened.fd)) readOpened(opened, take, reading);
    else await readGzip(opened.fd, take, () => reading.clock.check(file));
  } finally {
    closeSync(opened.fd);
  }
}

interface Opened {
  file: Path;
  fd: number;
  size: number;
}

function readOpened({ file, fd, size }: Opened, take: Take, { clock }: Reading): void {
  const end = size > 0 ? size : MAX_UNSIZED;
  for (let position = 0; position < end; ) {
    if (position > 0) clock.check(file);
    let count: number;
    try {
      count = readSync(fd, chunk, 0, Math.min(CHUNK, end - position), position);
    } catch (error) {
      throw new Error(`read ${shownPath(file)}: ${goErrno(error)}`, { cause: error });
    }
    if (count === 0) return;
    position += count;
    if (!take(chunk.subarray(0, count), count === size)) return;
  }
  if (size === 0) throw new Error(`read ${shownPath(file)}: no end within ${MAX_UNSIZED} bytes`);
}

/** Not a pipe, not a device: those would block or never end, and one may have taken the place of a file just now. */
function open(file: Path, { maxBytes }: Reading): Opened {
  let fd: number;
  try {
    fd = openSync(systemPath(file), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new OpenError(`open ${shownPath(file)}: ${goErrno(error)}`);
  }
  const stats = fstatSync(fd);
  const { size } = stats;
  const isFile = stats.isFile();
  if (isFile && size <= maxBytes) return { file, fd, size };
  closeSync(fd);
  if (isFile) throw new LargeFile(size);
  if (stats.isDirectory()) throw new FolderError(`read ${shownPath(file)}: is a directory`);
  throw new OpenError(`read ${shownPath(file)}: is not a regular file`);
}

export class OpenError extends Error {}

/** A link to a folder that a search names is looked at like a file; it has no lines. */
export class FolderError extends Error {}

export class LargeFile extends Error {
  readonly size: number;

  constructor(size: number) {
    super('a large file');
    this.size = size;
  }
}

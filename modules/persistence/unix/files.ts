import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { type RunClock, TimeIsOverError } from '../../../platform/async/run-clock.ts';
import { createListEntries, type ListEntries } from '../../../platform/machine/directory/list-entries.ts';
import { type Path, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import { KernelFileError } from '../../../platform/machine/kernel-files.ts';
import { openRegular } from '../../../platform/machine/open-regular.ts';
import { readStartOf } from '../../../platform/machine/read-start.ts';

/** A small file of a configuration. */
export interface ConfigFile {
  path: Path;
  text: string;
  bytes: Buffer;
  mtimeMs: number;
  uid: number;
  isExecutable: boolean;
  /** Empty when it is too large, or cannot be read any more. Throws TimeIsOverError. */
  sha256(clock: RunClock): string;
}

/** Reads configurations. Users of the machine control many of them, so all sizes have limits. */
export interface Files {
  /** The names in a folder, sorted; none when it does not exist. They keep bytes that are not UTF-8. */
  list(folder: Path): Path[];
  /** Undefined when it does not exist, is no regular file, or cannot be read. */
  read(path: Path): ConfigFile | undefined;
  /** The same files, of which all lists together have a limit: folders of a user may be links to each other. */
  withinLimit(): Files;
}

export interface FilesReport {
  /** Called for a file or folder that is not read, with the code of the system's error or our reason. */
  onUnread(path: Path, reason: string): void;
  /** Called with a sentence about what was left out. A path is its end, so that it can be masked. */
  onLimit(text: string): void;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_NAMES = 20_000;
/** The names of folders that belong together, such as those of the units of one user. */
const MAX_NAMES_TOGETHER = 100_000;

/** What these errors say is that there is nothing: no such name, or links that lead to none. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP'];

/** `root` is the folder that all paths are in: `/` but for tests. */
export function createFiles({ onUnread, onLimit }: FilesReport, root = '/'): Files {
  const listEntries = createListEntries();
  // By hand: the runtime's own functions for paths lose bytes that are not UTF-8.
  const prefix = root === '/' ? '' : root;
  const attempt = <T>(path: Path, read: (real: Path) => T): T | undefined => {
    try {
      return read(prefix + path);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      if (!ABSENT.includes(reason)) onUnread(path, reason);
      return undefined;
    }
  };
  const list = (folder: Path, max: number) => {
    const names = attempt(folder, (real) => listNames(listEntries(real), max + 1)) ?? [];
    if (names.length <= max) return names.sort();
    onLimit(`only ${max} files were read in ${folder}`);
    return names.slice(0, max).sort();
  };
  const files: Files = {
    list: (folder) => list(folder, MAX_NAMES),
    read(path) {
      const file = attempt(path, (real) => readFile(path, real));
      if (file?.isCut) onLimit(`only the first ${MAX_FILE_BYTES} bytes were read of ${path}`);
      return file;
    },
    withinLimit() {
      let left = MAX_NAMES_TOGETHER;
      return {
        ...files,
        list(folder) {
          if (left === 0) return [];
          const names = list(folder, Math.min(left, MAX_NAMES));
          left -= names.length;
          if (left === 0)
            onLimit(`only ${MAX_NAMES_TOGETHER} files of units were read, the last in ${folder}`);
          return names;
        },
      };
    },
  };
  return files;
}

/** Undefined for a defect. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof KernelFileError) return 'a link to a file of the kernel';
  return (error as NodeJS.ErrnoException).code;
}

/** The first names of a folder: it may have millions. */
function listNames(batches: ReturnType<ListEntries>, max: number): Path[] {
  const names: Path[] = [];
  for (const entries of batches) {
    for (const { name } of entries) names.push(name);
    if (names.length >= max) break;
  }
  return names.slice(0, max);
}

/** Undefined for pipes and devices, which would block or never end. */
function readFile(path: Path, real: Path): (ConfigFile & { isCut: boolean }) | undefined {
  const opened = openRegular(toSystemPath(real));
  if (!opened) return undefined;
  const { fd, stats } = opened;
  try {
    const read = readStartOf(fd, MAX_FILE_BYTES + 1);
    const bytes = read.subarray(0, MAX_FILE_BYTES);
    return {
      path,
      text: bytes.toString('utf8'),
      bytes,
      mtimeMs: stats.mtimeMs,
      uid: stats.uid,
      isExecutable: (stats.mode & 0o111) !== 0,
      isCut: read.length > MAX_FILE_BYTES,
      sha256: (clock) => sha256Of(real, clock),
    };
  } finally {
    closeSync(fd);
  }
}

/** A larger file has no hash: one without end could use up the time. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;

function sha256Of(real: Path, clock: RunClock): string {
  try {
    const opened = openRegular(toSystemPath(real));
    if (!opened) return '';
    try {
      return hashStart(opened.fd, clock);
    } finally {
      closeSync(opened.fd);
    }
  } catch (error) {
    if (error instanceof TimeIsOverError) throw error;
    return ''; // It was removed in the meantime.
  }
}

function hashStart(fd: number, clock: RunClock): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(64 * 1024);
  let bytes = 0;
  while (bytes <= MAX_HASHED_BYTES) {
    clock.check('in a file');
    const count = readSync(fd, chunk, 0, chunk.length, null);
    if (count === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, count));
    bytes += count;
  }
  return '';
}

import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MigError } from '../../contract/errors.ts';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
const CHUNK_BYTES = 1024 * 1024;
const PERMISSIONS = 0o7777;

/**
 * The SHA-256 of an installed file; undefined when there is none, or when there is a link: replacing it removes the link, and
 * leaves its target alone. Only a link to a version beside it is read through, as an upgrade of the agent makes it. Throws
 * for a folder or a device.
 */
export function hashInstalled(path: string): string | undefined {
  const stats = lstatIfThere(path);
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) return hashVersion(path);
  if (stats.isFile()) return sha256OfFile(path);
  throw new MigError('conflict', `${path} is neither a file nor a link: move it away`);
}

function hashVersion(path: string): string | undefined {
  const target = readlinkSync(path);
  const isBeside = basename(target) === target && target.startsWith(`${basename(path)}-`);
  const version = join(dirname(path), target);
  return isBeside && lstatIfThere(version)?.isFile() ? sha256OfFile(version) : undefined;
}

/** Hashes a regular file, and never follows a link. */
export function sha256OfFile(path: string): string {
  return withFile(path, (fd) => {
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(CHUNK_BYTES);
    while (true) {
      const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, null);
      if (bytes === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytes));
    }
  });
}

/** Gives an installed file its permissions; true when they were others. */
export function correctMode(path: string, mode: number): boolean {
  if (process.platform === 'win32' || !lstatIfThere(path)?.isFile()) return false;
  return withFile(path, (fd) => {
    if ((fstatSync(fd).mode & PERMISSIONS) === mode) return false;
    fchmodSync(fd, mode);
    return true;
  });
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new MigError('conflict', `${path} is no file`);
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

export function lstatIfThere(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

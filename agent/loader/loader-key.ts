import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';
import { parseLoaderKey } from '../../contract/rules/secret-key.ts';
import { unreadable } from '../../platform/files/read-text.ts';

const MAX_BYTES = 4096;
const ACCESSIBLE_BY_OTHERS = 0o077;
const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/**
 * Reads the key with which the loader proves to the API who it is: the first line of a file of its own that nobody else may
 * read. The errors never contain it.
 */
export function readLoaderKey(file: string): string {
  const key = readFirstLine(file).trim();
  if (parseLoaderKey(key) !== undefined) return key;
  throw new MigError(
    'config_invalid',
    `${file}: its first line must be the key of this loader: 40 letters and digits, as mig loaders create printed it`,
  );
}

function readFirstLine(file: string): string {
  const fd = openKey(file);
  try {
    checkOwner(file, fd);
    const bytes = Buffer.alloc(MAX_BYTES);
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, MAX_BYTES, 0));
    return text.split('\n', 1)[0] ?? '';
  } finally {
    closeSync(fd);
  }
}

function openKey(file: string): number {
  try {
    return openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function checkOwner(file: string, fd: number): void {
  const { uid, mode } = fstatSync(fd);
  if (!fstatSync(fd).isFile()) throw new MigError('config_invalid', `${file}: is no file`);
  if (process.platform === 'win32') return;
  if (![0, process.geteuid?.()].includes(uid)) {
    throw new MigError('config_invalid', `${file}: belongs to user ${uid}: chown root '${file}'`);
  }
  if ((mode & ACCESSIBLE_BY_OTHERS) === 0) return;
  throw new MigError('config_invalid', `${file}: other users can read or change it: chmod 600 '${file}'`);
}

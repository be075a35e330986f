import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import { parseYaml } from './parse-yaml.ts';

/** Several times the largest policy of Wazuh. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** Reads a text file of limited size. Throws MigError with its path. */
export function readInput(path: string, maxBytes = MAX_INPUT_BYTES): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new MigError('usage', `${path}: cannot be read: ${whyUnreadable(cause)}`, { cause });
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new MigError('usage', `${path}: is no file`);
    if (stats.size > maxBytes) throw tooLarge(path, maxBytes);
    const bytes = readFileSync(fd);
    if (bytes.length > maxBytes) throw tooLarge(path, maxBytes);
    if (!isUtf8(bytes) || bytes.includes(0)) throw new MigError('usage', `${path}: is no text in UTF-8`);
    return bytes.toString('utf8');
  } finally {
    closeSync(fd);
  }
}

/** Reads YAML from a file. Throws MigError with its path. */
export function readYaml(path: string): unknown {
  return namingInput(path, () => parseYaml(readInput(path)));
}

/** Puts the path in front of the error about what is in it. */
export function namingInput<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const message = errorMessage(cause);
    if (message.startsWith(path)) throw cause;
    throw new MigError('usage', `${path}: ${message}`, { cause });
  }
}

function tooLarge(path: string, maxBytes: number): MigError {
  return new MigError('usage', `${path}: is larger than ${maxBytes} bytes`);
}

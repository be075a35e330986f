import { isUtf8 } from 'node:buffer';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import { parseYaml } from './parse-yaml.ts';

/** Several times the largest policy of Wazuh. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** Reads a text file of limited size. Throws MigError with its path. */
export function readInput(path: string, maxBytes = MAX_INPUT_BYTES): string {
  const bytes = readInputBytes(path, maxBytes);
  if (!isUtf8(bytes) || bytes.includes(0)) throw new MigError('usage', `${path}: is no text in UTF-8`);
  return bytes.toString();
}

function readInputBytes(path: string, maxBytes: number): Buffer {
  try {
    return readBytes(path, maxBytes);
  } catch (cause) {
    throw new MigError('usage', `${path}: cannot be read: ${whyUnreadable(cause)}`, { cause });
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

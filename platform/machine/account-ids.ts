import { closeSync, openSync, readSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';

/** Numbers of users or groups by name. */
export type AccountIds = ReadonlyMap<string, number>;

/** Far more than the accounts of any system need; the file belongs to the endpoint's owner. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads /etc/passwd or /etc/group. Accounts of directory services are not in them: asking these would load foreign code
 * into the process, and may take minutes. Throws the system's errors, and MigError for a file that is too large.
 */
export function readAccountIds(file: string): AccountIds {
  const buffer = Buffer.allocUnsafeSlow(MAX_BYTES + 1);
  const fd = openSync(file, 'r');
  try {
    let length = 0;
    while (length <= MAX_BYTES) {
      const bytes = readSync(fd, buffer, length, buffer.length - length, null);
      if (bytes === 0) return parseAccountIds(buffer.subarray(0, length));
      length += bytes;
    }
  } finally {
    closeSync(fd);
  }
  throw new MigError('internal', `${file} has more than ${MAX_BYTES} bytes`);
}

/** Of lines `name:password:number:…`, the first for a name counts, as in the C library. Other lines are ignored. */
export function parseAccountIds(text: Buffer): AccountIds {
  const ids = new Map<string, number>();
  for (const line of text.toString('utf8').split('\n')) {
    const [name, , number] = line.split(':', 3);
    if (name === undefined || name === '' || number === undefined || !/^[0-9]{1,10}$/.test(number)) continue;
    if (!ids.has(name)) ids.set(name, Number(number));
  }
  return ids;
}

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { unreadable, whyUnreadable } from '../../platform/files/read-text.ts';
import { type KeyringKey, mergeCopies, readPublicKeys } from '../../platform/openpgp/keyring.ts';

/** Reads the public keys, armored or binary, in a file or in all files of a folder. Names each file without a key. */
export async function readKeyFiles(
  path: string,
): Promise<{ keyring: KeyringKey[]; refused: { file: string; reason: string }[] }> {
  const keyring: KeyringKey[] = [];
  const refused: { file: string; reason: string }[] = [];
  for (const file of filesOf(path)) {
    try {
      const read = await readPublicKeys(readBytes(file));
      keyring.push(...read.keyring);
      refused.push(...read.refused.map(({ message }) => ({ file, reason: message })));
    } catch (error) {
      const reason = error instanceof MigError ? error.message : `cannot be read: ${whyUnreadable(error)}`;
      refused.push({ file, reason });
    }
  }
  return { keyring: await mergeCopies(keyring), refused };
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { withFileTypes: true }).filter(
      (entry) => entry.isFile() || entry.isSymbolicLink(),
    );
    return names.map(({ name }) => join(path, name)).sort();
  } catch (cause) {
    throw unreadable(path, cause, 'usage');
  }
}

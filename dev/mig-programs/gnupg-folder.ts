import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptKey, readKey, readPrivateKey } from 'openpgp';
import type { KeyFiles } from '../stack/keys.ts';

/**
 * Writes keyrings in the binary form that MIG's programs read: `secring.gpg` of one, with a passphrase where one is given,
 * and `pubring.gpg` of all.
 */
export async function writeGnupgFolder(
  folder: string,
  { secret, known, passphrase }: { secret: KeyFiles; known: readonly KeyFiles[]; passphrase?: string },
): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const open = await readPrivateKey({ armoredKey: readFileSync(secret.privateKeyFile, 'utf8') });
  const privateKey = passphrase === undefined ? open : await encryptKey({ privateKey: open, passphrase });
  writeFileSync(join(folder, 'secring.gpg'), privateKey.write(), { mode: 0o600 });
  const publicKeys = await Promise.all(known.map(({ publicKey }) => readKey({ armoredKey: publicKey })));
  writeFileSync(join(folder, 'pubring.gpg'), Buffer.concat(publicKeys.map((key) => key.write())));
}

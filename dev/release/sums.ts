import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { armorSignature } from '../../platform/openpgp/armor-signature.ts';
import { createSigner, type Signer } from '../../platform/openpgp/sign.ts';

/** Writes SHA256SUMS of files in a folder, as `sha256sum -c` reads it. */
export function writeSums(folder: string, names: readonly string[]): void {
  const lines = names.toSorted().map((name) => `${sha256(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

/** Reads the key that signs. Refuses a file that others can read. */
export function openSigner(keyFile: string, passphrase: string | undefined): Promise<Signer> {
  const found = statSync(keyFile, { throwIfNoEntry: false });
  if (found === undefined) throw new MigError('usage', `--key: ${keyFile} does not exist`);
  if ((found.mode & 0o077) !== 0)
    throw new MigError('usage', `--key: others can read ${keyFile}; chmod 600 ends that`);
  return createSigner(readFileSync(keyFile), { passphrase });
}

/** Signs SHA256SUMS: SHA256SUMS.asc, as `gpg --verify` reads it. */
export async function signSums(folder: string, signer: Signer): Promise<void> {
  const signature = await signer.sign(readFileSync(join(folder, 'SHA256SUMS'), 'utf8'));
  writeFileSync(join(folder, 'SHA256SUMS.asc'), armorSignature(signature));
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

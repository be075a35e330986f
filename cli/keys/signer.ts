import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { openGpgSigner } from '../../platform/openpgp/gpg.ts';
import { createSigner, type Signer } from '../../platform/openpgp/sign.ts';
import type { CliConfig } from '../config.ts';

type KeyConfig = Pick<CliConfig, 'keyFile' | 'gpgHome' | 'keyId' | 'passphrase'>;
type Place = (config: KeyConfig) => Promise<Signer>;

/**
 * The investigator's key: `[gpg] keyfile`, MIG's old secring.gpg, or GnuPG itself, which keeps its secret keys. Throws
 * with what each place said.
 */
export async function loadSigner(config: KeyConfig): Promise<Signer> {
  const reasons: unknown[] = [];
  for (const openSigner of placesOf(config)) {
    try {
      return await openSigner(config);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new MigError('config_invalid', reasons.map(errorMessage).join('\n'), { cause: reasons[0] });
}

function placesOf({ keyFile, gpgHome }: KeyConfig): Place[] {
  if (keyFile !== undefined) return [inFile(keyFile)];
  const home = gpgHome ?? join(homedir(), '.gnupg');
  const secring = join(home, 'secring.gpg');
  if (!existsSync(secring)) return [inGnupg];
  // GnuPG 2.1 and later keep secret keys in this folder, and leave an old secring.gpg where it is.
  return existsSync(join(home, 'private-keys-v1.d')) ? [inGnupg, inFile(secring)] : [inFile(secring)];
}

const inGnupg: Place = ({ gpgHome, keyId, passphrase }) =>
  openGpgSigner({ home: gpgHome, fingerprint: keyId, passphrase });

const inFile =
  (file: string): Place =>
  async ({ keyId, passphrase }) => {
    try {
      return await createSigner(readFileSync(file), { fingerprint: keyId, passphrase });
    } catch (cause) {
      throw new MigError('config_invalid', `${file}: ${errorMessage(cause)}`, { cause });
    }
  };

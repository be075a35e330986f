import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorMessage, MigError } from '../contract/errors.ts';
import { openGpgSigner } from '../platform/openpgp/gpg.ts';
import { createSigner, type Signer } from '../platform/openpgp/sign.ts';
import type { CliConfig } from './config.ts';

type KeyConfig = Pick<CliConfig, 'keyFile' | 'gpgHome' | 'keyId' | 'passphrase'>;

/** The investigator's key: `[gpg] keyfile`, MIG's old secring.gpg, or GnuPG itself, which keeps its secret keys. */
export async function loadSigner(config: KeyConfig): Promise<Signer> {
  const { keyFile, gpgHome, keyId } = config;
  if (keyFile !== undefined) return signerFromFile(keyFile, config);
  const home = gpgHome ?? join(homedir(), '.gnupg');
  const secring = join(home, 'secring.gpg');
  // GnuPG 2.1 and later keep secret keys in this folder, and leave an old secring.gpg where it is.
  if (!existsSync(secring)) return openGpgSigner(gpgOptions(config));
  if (!existsSync(join(home, 'private-keys-v1.d'))) return signerFromFile(secring, config);
  try {
    return await openGpgSigner(gpgOptions(config));
  } catch (error) {
    return signerFromFile(secring, config).catch((cause: unknown) => {
      const reasons = [errorMessage(error), errorMessage(cause)].join('\n');
      throw new MigError('config_invalid', `no private key ${keyId}: ${reasons}`, { cause });
    });
  }
}

function gpgOptions({ gpgHome, keyId, passphrase }: KeyConfig) {
  return { home: gpgHome, fingerprint: keyId, passphrase };
}

async function signerFromFile(file: string, { keyId, passphrase }: KeyConfig): Promise<Signer> {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    throw new MigError('config_invalid', `${file} cannot be read: ${errorMessage(cause)}`, { cause });
  }
  try {
    return await createSigner(content, { fingerprint: keyId, passphrase });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}

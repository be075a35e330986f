import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { readBytes } from '../../platform/files/read-bytes.ts';
import { openGpgSigner } from '../../platform/openpgp/gpg.ts';
import { createSigner, type Signer } from '../../platform/openpgp/sign.ts';
import type { CliConfig } from '../config.ts';
import { homeFolder } from '../home-folder.ts';

interface KeyConfig extends Pick<CliConfig, 'keyFile' | 'gpgHome' | 'keyId' | 'passphrase'> {
  /** Asks for the passphrase of a locked key in this file. GnuPG asks for that of its own keys. */
  askPassphrase?: ((file: string) => Promise<string>) | undefined;
}
/** Opens the investigator's key from one possible source. */
type OpenSigner = (config: KeyConfig) => Promise<Signer>;

/**
 * Loads the investigator's key from `[gpg] keyfile`, MIG's old secring.gpg, or GnuPG, which signs without handing out its
 * secret keys. Throws with the reason of each source that failed.
 */
export async function loadSigner(config: KeyConfig): Promise<Signer> {
  const reasons: unknown[] = [];
  for (const openSigner of candidates(config)) {
    try {
      return await openSigner(config);
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new MigError('config_invalid', reasons.map(errorMessage).join('\n'), { cause: reasons[0] });
}

function candidates({ keyFile, gpgHome }: KeyConfig): OpenSigner[] {
  if (keyFile !== undefined) return [fromFile(keyFile)];
  const home = gpgHome ?? join(homeFolder(), '.gnupg');
  const secring = join(home, 'secring.gpg');
  if (!existsSync(secring)) return [fromGnupg];
  // GnuPG 2.1 and later keep secret keys in this folder, and leave an old secring.gpg in place.
  const isGnupg21 = existsSync(join(home, 'private-keys-v1.d'));
  return isGnupg21 ? [fromGnupg, fromFile(secring)] : [fromFile(secring)];
}

function fromGnupg({ gpgHome, keyId, passphrase }: KeyConfig): Promise<Signer> {
  return openGpgSigner({ home: gpgHome, fingerprint: keyId, passphrase });
}

function fromFile(file: string): OpenSigner {
  return async ({ keyId, passphrase, askPassphrase }) => {
    const known = passphrase ?? (askPassphrase && (() => askPassphrase(file)));
    try {
      return await createSigner(readBytes(file), { fingerprint: keyId, passphrase: known });
    } catch (cause) {
      throw new MigError('config_invalid', `${file}: ${errorMessage(cause)}`, { cause });
    }
  };
}

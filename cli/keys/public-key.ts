import { errorMessage, MigError } from '../../contract/errors.ts';
import { readBoundedBytes } from '../../platform/files/read-text.ts';
import { requireSigningKey } from '../../platform/openpgp/can-sign.ts';
import { exportGpgKey } from '../../platform/openpgp/gpg.ts';
import { type KeyText, readPublicKey } from '../../platform/openpgp/keyring.ts';

/** What the API takes. */
const MAX_KEY_BYTES = 256 * 1024;
const FINGERPRINT = /^(?:0x)?([0-9A-Fa-f]{40})$/;

/** The public key of an investigator. */
export interface PublicKey {
  fingerprint: string;
  userId: string;
  armored: string;
}

/**
 * Reads the public key that a flag names: a file, or the fingerprint of a key in this user's GnuPG. Refuses private keys,
 * several keys in one file, and a key that can never sign.
 */
export async function readPublicKeyOf(word: string, gpgHome: string | undefined): Promise<PublicKey> {
  const fingerprint = FINGERPRINT.exec(word.replaceAll(' ', ''))?.[1]?.toUpperCase();
  const text =
    fingerprint === undefined ? readBoundedBytes(word, MAX_KEY_BYTES) : await exported(fingerprint, gpgHome);
  try {
    const key = await readPublicKey(text, fingerprint);
    await requireSigningKey(key, Date.now());
    return { fingerprint: key.fingerprint, userId: key.key.getUserIDs()[0] ?? '', armored: key.key.armor() };
  } catch (cause) {
    if (!(cause instanceof MigError)) throw cause;
    throw new MigError(cause.code, `${word}: ${errorMessage(cause)}`, { cause });
  }
}

async function exported(fingerprint: string, gpgHome: string | undefined): Promise<KeyText> {
  const armored = await exportGpgKey(gpgHome, fingerprint);
  if (armored !== undefined) return armored;
  throw new MigError(
    'usage',
    `your GnuPG has no key ${fingerprint}: import it with gpg --import, or give its file`,
  );
}

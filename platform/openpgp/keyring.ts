import { type Key, readKey } from 'openpgp';
import { MigError } from '../../contract/errors.ts';

/** A public key that signatures are checked against, with its primary fingerprint as 40 upper-case hex digits. */
export interface KeyringKey {
  fingerprint: string;
  key: Key;
}
export type Keyring = readonly KeyringKey[];

/** Reads one armored public key; refuses private keys, and another fingerprint than the one expected. */
export async function readPublicKey(armored: string, expectedFingerprint?: string): Promise<KeyringKey> {
  let key: Key;
  try {
    key = await readKey({ armoredKey: armored });
  } catch (cause) {
    throw new MigError('key_malformed', 'not an armored PGP public key', { cause });
  }
  if (key.isPrivate())
    throw new MigError('key_malformed', 'this is a private key; only public keys belong here');
  const fingerprint = key.getFingerprint().toUpperCase();
  if (expectedFingerprint !== undefined && fingerprint !== expectedFingerprint.toUpperCase()) {
    throw new MigError(
      'key_fingerprint_mismatch',
      `the key has fingerprint ${fingerprint}, not ${expectedFingerprint.toUpperCase()}`,
    );
  }
  return { fingerprint, key };
}

/** Reads many keys; a bad one is reported and left out, it never spoils the others (in MIG it does). */
export async function readKeyring(
  keys: readonly { armored: string; fingerprint?: string | undefined }[],
): Promise<{ keyring: Keyring; refused: MigError[] }> {
  const keyring: KeyringKey[] = [];
  const refused: MigError[] = [];
  for (const { armored, fingerprint } of keys) {
    try {
      keyring.push(await readPublicKey(armored, fingerprint));
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      refused.push(error);
    }
  }
  return { keyring, refused };
}

/** Names and fingerprints of signers, as their keys call them. */
export function signersOf(
  keyring: Keyring,
  fingerprints: readonly string[],
): { name: string; fingerprint: string }[] {
  return fingerprints.map((fingerprint) => {
    const found = keyring.find((one) => one.fingerprint === fingerprint);
    return { name: found?.key.getUserIDs()[0] ?? 'unknown', fingerprint };
  });
}

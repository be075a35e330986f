import {
  createMessage,
  decryptKey,
  enums,
  type PrivateKey,
  readPrivateKey,
  readPrivateKeys,
  sign,
} from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import { withChecksum } from './armor.ts';

/** Signs a text as MIG does: detached, binary, by the primary key, in MIG's one-line form. */
export async function signText(text: string, key: PrivateKey): Promise<string> {
  const signature = await sign({
    message: await createMessage({ binary: Buffer.from(text) }),
    signingKeys: key,
    signingKeyIDs: key.getKeyID(),
    detached: true,
    format: 'binary',
    // Go's openpgp reads plain version 4 signatures; it knows nothing of salt notations.
    config: { nonDeterministicSignaturesViaNotation: false, preferredHashAlgorithm: enums.hash.sha256 },
  });
  return withChecksum(Buffer.from(signature as Uint8Array).toString('base64'));
}

/** Reads an armored private key, unlocking it with the passphrase where it has one. */
export async function readSigningKey(armored: string, passphrase?: string): Promise<PrivateKey> {
  let key: PrivateKey;
  try {
    key = await readPrivateKey({ armoredKey: armored });
  } catch (cause) {
    throw new MigError('key_malformed', 'not an armored PGP private key', { cause });
  }
  return unlock(key, passphrase);
}

/** A key that signs what its owner decided; the key itself does not come out. */
export interface Signer {
  fingerprint: string;
  sign(text: string): Promise<string>;
}

export async function createSigner(armored: string): Promise<Signer> {
  const key = await readSigningKey(armored);
  return { fingerprint: key.getFingerprint().toUpperCase(), sign: (text) => signText(text, key) };
}

/** Picks the key with the given fingerprint out of a binary keyring (GnuPG's old secring.gpg). */
export async function findSigningKey(
  binary: Uint8Array,
  fingerprint: string,
  passphrase?: string,
): Promise<PrivateKey> {
  const keys = await readPrivateKeys({ binaryKeys: binary });
  const key = keys.find(
    (candidate) => candidate.getFingerprint().toUpperCase() === fingerprint.toUpperCase(),
  );
  if (!key)
    throw new MigError('key_malformed', `the keyring has no private key with fingerprint ${fingerprint}`);
  return unlock(key, passphrase);
}

async function unlock(key: PrivateKey, passphrase?: string): Promise<PrivateKey> {
  if (key.isDecrypted()) return key;
  if (passphrase === undefined)
    throw new MigError('key_malformed', 'the private key is locked: set MIGPGPPASSPHRASE');
  try {
    return await decryptKey({ privateKey: key, passphrase });
  } catch (cause) {
    throw new MigError('key_malformed', 'the passphrase does not unlock the private key', { cause });
  }
}

import { createMessage, decryptKey, enums, type KeyID, type PrivateKey, sign } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import { withChecksum } from './armor.ts';
import { describeProblems, judgeKeys, type KeyVerdict } from './can-sign.ts';
import type { OwnKey } from './gpg-listing.ts';
import { type KeyText, readKeyBlocks, readPublicKey } from './keyring.ts';

/** A key that signs. The secret cannot be read from it. */
export interface Signer {
  /** The fingerprint of the primary key, even when a subkey signs. */
  fingerprint: string;
  /** Armored. */
  publicKey: string;
  sign(text: string): Promise<string>;
}

/** The passphrase of a key, or who is asked for it when the key is locked. */
export type Passphrase = string | (() => Promise<string>);

/**
 * A signer from a file of private keys, armored or binary (GnuPG's old secring.gpg). The fingerprint selects one of
 * several keys. As in MIG the primary key signs; when its secret is elsewhere, a subkey does.
 */
export async function createSigner(
  text: KeyText,
  options: { fingerprint?: string; passphrase?: Passphrase | undefined; nowMs?: number } = {},
): Promise<Signer> {
  const key = await readSigningKey(text, options);
  const publicKey = key.toPublic().armor();
  const nowMs = options.nowMs ?? Date.now();
  const verdicts = await judgeKeys(await readPublicKey(publicKey), nowMs);
  const { keyId } = chooseSigningKey(key.getFingerprint().toUpperCase(), verdicts, hasSecretOf(key));
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    publicKey,
    sign: (signedText) => signText(signedText, key, keyId),
  };
}

/** The primary key when it can sign, or the newest subkey that can. Throws with the reason for each key. */
export function chooseSigningKey(
  fingerprint: string,
  verdicts: readonly KeyVerdict[],
  hasSecret: (keyId: KeyID) => boolean,
): KeyVerdict {
  const judged = verdicts.map((verdict) => ({
    ...verdict,
    problem: verdict.problem ?? (hasSecret(verdict.keyId) ? undefined : 'has its secret elsewhere'),
  }));
  const able = judged.filter(({ problem }) => problem === undefined);
  const newest = able.toSorted((one, other) => other.created.getTime() - one.created.getTime());
  const chosen = able.find(({ isPrimary }) => isPrimary) ?? newest[0];
  if (chosen) return chosen;
  throw new MigError('key_cannot_sign', `key ${fingerprint} cannot sign here: ${describeProblems(judged)}`);
}

/** Signs a text as MIG does: detached, binary, by the primary key by default, in MIG's one-line form. */
export async function signText(
  text: string,
  key: PrivateKey,
  keyId: KeyID = key.getKeyID(),
): Promise<string> {
  const signature = await sign({
    message: await createMessage({ binary: Buffer.from(text) }),
    signingKeys: key,
    signingKeyIDs: keyId,
    detached: true,
    format: 'binary',
    // Go's openpgp reads plain version 4 signatures only, without salt notations.
    config: { nonDeterministicSignaturesViaNotation: false, preferredHashAlgorithm: enums.hash.sha256 },
  });
  return withChecksum(Buffer.from(signature as Uint8Array).toString('base64'));
}

/** Reads a private key, and unlocks it with the passphrase when it is locked. */
export async function readSigningKey(
  text: KeyText,
  { fingerprint, passphrase }: { fingerprint?: string; passphrase?: Passphrase | undefined } = {},
): Promise<PrivateKey> {
  const keys = await readPrivateKeys(text);
  return unlock(selectKey(keys, fingerprint?.toUpperCase()), passphrase);
}

/** The private keys of a file, locked ones, too. */
export async function listPrivateKeys(text: KeyText): Promise<OwnKey[]> {
  return (await readPrivateKeys(text)).map((key) => ({
    fingerprint: key.getFingerprint().toUpperCase(),
    userId: key.getUserIDs()[0] ?? '',
  }));
}

async function readPrivateKeys(text: KeyText): Promise<PrivateKey[]> {
  const { keys, refused } = await readKeyBlocks(text);
  const privateKeys = keys.filter((key): key is PrivateKey => key.isPrivate());
  if (privateKeys.length > 0) return privateKeys;
  const why = keys.length > 0 ? ': it has public keys only' : '';
  throw new MigError('key_malformed', `not a PGP private key${why}`, { cause: refused[0] });
}

/** The key with the fingerprint, or the only one. */
function selectKey(keys: readonly PrivateKey[], fingerprint: string | undefined): PrivateKey {
  const found =
    fingerprint === undefined
      ? keys
      : keys.filter((key) => key.getFingerprint().toUpperCase() === fingerprint);
  const [first, second] = found;
  if (!first) {
    throw new MigError('key_fingerprint_mismatch', `the private key is ${namesOf(keys)}, not ${fingerprint}`);
  }
  if (fingerprint === undefined && second) {
    throw new MigError('key_malformed', `expected one private key, there are several: ${namesOf(keys)}`);
  }
  return first;
}

const namesOf = (keys: readonly PrivateKey[]) =>
  keys.map((key) => key.getFingerprint().toUpperCase()).join(', ');

/** GnuPG exports an offline primary key as a dummy, without its secret numbers. */
function hasSecretOf(key: PrivateKey): (keyId: KeyID) => boolean {
  return (keyId) =>
    key.getKeys(keyId).some(({ keyPacket }) => !(keyPacket as { isDummy?: () => boolean }).isDummy?.());
}

async function unlock(key: PrivateKey, known?: Passphrase): Promise<PrivateKey> {
  if (key.isDecrypted()) return key;
  const passphrase = typeof known === 'function' ? await known() : known;
  if (passphrase === undefined)
    throw new MigError('key_malformed', 'the private key is locked: set MIGPGPPASSPHRASE');
  try {
    return await decryptKey({ privateKey: key, passphrase });
  } catch (cause) {
    throw new MigError('key_malformed', 'the passphrase does not unlock the private key', { cause });
  }
}

import { type Key, readKeys } from 'openpgp';
import { MigError } from '../../contract/errors.ts';

/** A public key that signatures are checked against, with its primary fingerprint as 40 upper-case hex digits. */
export interface KeyringKey {
  fingerprint: string;
  key: Key;
}
export type Keyring = readonly KeyringKey[];

/** One or several keys, armored or binary, maybe with other text around them. */
export type KeyText = string | Uint8Array;

/** Reads one public key; refuses private keys, and a text without the expected fingerprint. */
export async function readPublicKey(text: KeyText, expectedFingerprint?: string): Promise<KeyringKey> {
  const { keyring, refused } = await readPublicKeys(text);
  const [first, second] = keyring;
  if (!first) throw refused[0] ?? new MigError('key_malformed', 'not an armored PGP public key');
  const expected = expectedFingerprint?.toUpperCase();
  if (expected === undefined) {
    if (!second && refused.length === 0) return first;
    const names = keyring.map(({ fingerprint }) => fingerprint).join(', ');
    throw refused[0] ?? new MigError('key_malformed', `expected one key, there are several: ${names}`);
  }
  const found = keyring.find(({ fingerprint }) => fingerprint === expected);
  if (found) return found;
  throw new MigError(
    'key_fingerprint_mismatch',
    `the key has fingerprint ${first.fingerprint}, not ${expected}`,
  );
}

/** Reads every public key of a text. Refuses everything else in it, without effect on these keys. */
export async function readPublicKeys(text: KeyText): Promise<{ keyring: KeyringKey[]; refused: MigError[] }> {
  const { keys, refused } = await readKeyBlocks(text);
  const keyring: KeyringKey[] = [];
  for (const key of keys) {
    if (key.isPrivate()) {
      refused.push(new MigError('key_malformed', 'this is a private key; only public keys belong here'));
    } else keyring.push({ fingerprint: key.getFingerprint().toUpperCase(), key });
  }
  return { keyring: await mergeCopies(keyring), refused };
}

/**
 * Merges copies of a key into one with everything that its owner signed: what one copy extends is extended, and what
 * one revokes is revoked.
 */
export async function mergeCopies(keyring: Keyring): Promise<KeyringKey[]> {
  const merged = new Map<string, KeyringKey>();
  for (const { fingerprint, key } of keyring) {
    const before = merged.get(fingerprint);
    merged.set(fingerprint, { fingerprint, key: before ? await before.key.update(key) : key });
  }
  return [...merged.values()];
}

/** Reads every key of a text, public and private ones. */
export async function readKeyBlocks(text: KeyText): Promise<{ keys: Key[]; refused: MigError[] }> {
  const keys: Key[] = [];
  const refused: MigError[] = [];
  for (const block of keyBlocks(text)) {
    try {
      keys.push(...(await readBlock(block)));
    } catch (cause) {
      refused.push(new MigError('key_malformed', 'not an armored PGP public key', { cause }));
    }
  }
  return { keys, refused };
}

/** openpgp reads only the first armored block of a text. */
function keyBlocks(text: KeyText): KeyText[] {
  const armored = typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
  const blocks = armored.split(/^(?=-----BEGIN )/m).filter((block) => block.startsWith('-----BEGIN '));
  return blocks.length === 0 ? [text] : blocks;
}

const readBlock = (block: KeyText): Promise<Key[]> =>
  typeof block === 'string' ? readKeys({ armoredKeys: block }) : readKeys({ binaryKeys: block });

/** Reads many keys. A bad one is refused and does not affect the others (in MIG it does). */
export async function readKeyring(
  keys: readonly { armored: string; fingerprint?: string | undefined }[],
): Promise<{ keyring: Keyring; refused: MigError[] }> {
  const keyring: KeyringKey[] = [];
  const refused: MigError[] = [];
  for (const { armored, fingerprint } of keys) {
    if (fingerprint === undefined) {
      const read = await readPublicKeys(armored);
      keyring.push(...read.keyring);
      refused.push(...read.refused);
      continue;
    }
    try {
      keyring.push(await readPublicKey(armored, fingerprint));
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      refused.push(error);
    }
  }
  return { keyring: await mergeCopies(keyring), refused };
}

/** Names of the signers from the user ids of their keys, with their fingerprints. */
export function signersOf(
  keyring: Keyring,
  fingerprints: readonly string[],
): { name: string; fingerprint: string }[] {
  return fingerprints.map((fingerprint) => {
    const found = keyring.find((one) => one.fingerprint === fingerprint);
    return { name: found?.key.getUserIDs()[0] ?? 'unknown', fingerprint };
  });
}

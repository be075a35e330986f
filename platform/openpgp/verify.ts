import {
  createMessage,
  enums,
  type Key,
  type KeyID,
  readSignature,
  type Signature,
  type SignaturePacket,
} from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import { decodeSignature } from './armor.ts';
import type { Keyring, KeyringKey } from './keyring.ts';
import { isSignedWithRsa } from './rsa.ts';

/** Clocks of endpoints are wrong by hours; the action's signed window decides, not the second of signing. */
export const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

/**
 * Checks every signature of an action over its text (any of the texts: Go versions escape differently) and returns
 * the signers' primary fingerprints. One bad signature, or one key twice, refuses them all.
 */
export async function verifySignatures(
  texts: readonly string[],
  signatures: readonly string[],
  { keyring, nowMs }: { keyring: Keyring; nowMs: number },
): Promise<string[]> {
  if (signatures.length === 0) throw new MigError('action_unsigned', 'action pgpsignatures is empty');
  const fingerprints: string[] = [];
  for (const signature of signatures) {
    const fingerprint = await verifySignature(texts, signature, { keyring, nowMs });
    if (fingerprints.includes(fingerprint)) {
      throw new MigError(
        'signature_duplicate',
        `permission violation: key ${fingerprint} used to sign multiple times`,
      );
    }
    fingerprints.push(fingerprint);
  }
  return fingerprints;
}

/** Checks one detached signature and returns the primary fingerprint of the key that made it; throws MigError. */
export async function verifySignature(
  texts: readonly string[],
  signature: string,
  { keyring, nowMs }: { keyring: Keyring; nowMs: number },
): Promise<string> {
  const packet = await readDetached(signature);
  // A stranger's key may lie in front of the signer's: nothing keeps anybody from writing another one's key into his own.
  let refusal: unknown;
  for (const signer of findSigners(keyring, packet)) {
    try {
      return await verifyBy(signer, texts, { packet, nowMs });
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

async function verifyBy(
  signer: KeyringKey,
  texts: readonly string[],
  { packet, nowMs }: { packet: SignaturePacket; nowMs: number },
): Promise<string> {
  const createdMs = packet.created?.getTime() ?? 0;
  if (createdMs > nowMs + CLOCK_TOLERANCE_MS) {
    throw new MigError('signature_wrong', 'openpgp: signature was made in the future');
  }
  const date = new Date(Math.max(nowMs, createdMs));
  const signingKey = await usableKey(signer, { issuer: packet.issuerKeyID, nowMs, date });
  for (const text of texts) {
    if (await isValid(text, { packet, signingKey, date })) return signer.fingerprint;
  }
  throw new MigError(
    'signature_wrong',
    `openpgp: invalid signature by ${signer.fingerprint}: it is not over this text`,
  );
}

/** The key that a signature says it was made with, which nothing has shown; undefined when it is no signature. */
export async function signatureIssuer(signature: string): Promise<string | undefined> {
  try {
    const { issuerFingerprint, issuerKeyID } = await readDetached(signature);
    const id = issuerFingerprint ? Buffer.from(issuerFingerprint).toString('hex') : issuerKeyID.toHex();
    return id.toUpperCase();
  } catch {
    return undefined;
  }
}

/** Throws `signature_malformed` for what is no detached signature, whoever made it. */
export async function requireSignature(text: string): Promise<void> {
  await readDetached(text);
}

async function readDetached(text: string): Promise<SignaturePacket> {
  let signature: Signature;
  try {
    signature = await readSignature({ binarySignature: decodeSignature(text) });
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('signature_malformed', 'pgpsignatures: not a PGP signature', { cause });
  }
  const packet = signature.packets[0] as SignaturePacket | undefined;
  if (!packet || signature.packets.length !== 1) {
    throw new MigError('signature_malformed', 'pgpsignatures: expected exactly one PGP signature');
  }
  if (packet.signatureType !== enums.signature.binary) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a signature over a document');
  }
  return packet;
}

function findSigners(keyring: Keyring, packet: SignaturePacket): readonly KeyringKey[] {
  const issuer = packet.issuerKeyID;
  const signers = keyring.filter(({ key }) => key.getKeyIDs().some((id) => id.equals(issuer)));
  if (signers.length > 0) return signers;
  throw new MigError(
    'signature_unknown_signer',
    `openpgp: signature made by unknown entity (key ${issuer.toHex().toUpperCase()})`,
  );
}

type SigningKey = Awaited<ReturnType<Key['getSigningKey']>>;

/** What was found out about a key, and from when to when it holds. */
interface Checked {
  signingKey: SigningKey;
  fromMs: number;
  untilMs: number;
}

/**
 * A key's own signatures were checked once; asking again costs more than the signature itself. They are looked at anew
 * every minute and at the second in which the key expires.
 */
const checked = new WeakMap<Key, Map<string, Checked>>();
const CHECKED_FOR_MS = 60_000;

/** The key, or the subkey of it, that made the signature; throws when it is revoked, expired or must not sign. */
export async function usableKey(
  signer: KeyringKey,
  { issuer, nowMs, date }: { issuer: KeyID; nowMs: number; date: Date },
): Promise<SigningKey> {
  const ofKey = checked.get(signer.key) ?? new Map<string, Checked>();
  checked.set(signer.key, ofKey);
  const known = ofKey.get(issuer.toHex());
  if (known && known.fromMs <= nowMs && nowMs < known.untilMs) return known.signingKey;
  const expiresMs = await checkKey(signer, nowMs);
  let signingKey: SigningKey;
  try {
    signingKey = await signer.key.getSigningKey(issuer, date);
  } catch (cause) {
    throw new MigError('signature_wrong', `openpgp: key ${signer.fingerprint} may not sign`, { cause });
  }
  const untilMs = Math.min(expiresMs, nowMs + CHECKED_FOR_MS);
  ofKey.set(issuer.toHex(), { signingKey, fromMs: nowMs, untilMs });
  return signingKey;
}

/** Throws when the key is revoked or expired; returns when it will expire, in milliseconds since 1970. */
async function checkKey({ key, fingerprint }: KeyringKey, nowMs: number): Promise<number> {
  const now = new Date(nowMs);
  if (await key.isRevoked(undefined, undefined, now)) {
    throw new MigError('key_revoked', `key ${fingerprint} is revoked`);
  }
  const expires = await key.getExpirationTime();
  if (expires === null) throw new MigError('key_malformed', `key ${fingerprint} has no valid self-signature`);
  const expiresMs = typeof expires === 'number' ? expires : expires.getTime();
  if (expiresMs <= nowMs) {
    throw new MigError('key_expired', `key ${fingerprint} expired at ${new Date(expiresMs).toISOString()}`);
  }
  return expiresMs;
}

async function isValid(
  text: string,
  { packet, signingKey, date }: { packet: SignaturePacket; signingKey: SigningKey; date: Date },
): Promise<boolean> {
  const data = Buffer.from(text);
  const isByRsa = isSignedWithRsa(data, packet, signingKey.keyPacket);
  if (isByRsa !== undefined) return isByRsa && !packet.isExpired(date);
  const [literal = {}] = (await createMessage({ binary: data })).packets;
  try {
    await packet.verify(signingKey.keyPacket, enums.signature.binary, literal, date, true);
    return true;
  } catch {
    return false;
  }
}

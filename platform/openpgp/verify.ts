import { createMessage, enums, type Key, readSignature, type Signature, type SignaturePacket } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import { decodeSignature } from './armor.ts';
import type { Keyring, KeyringKey } from './keyring.ts';
import { verifyRsaSignature } from './rsa.ts';
import { CLOCK_TOLERANCE_MS, requireUsableKey } from './usable-key.ts';

interface VerifyOptions {
  keyring: Keyring;
  nowMs: number;
}

/**
 * Verifies every signature of an action over its text (any of the texts: Go versions escape differently) and returns
 * the signers' primary fingerprints. One bad signature, or one key twice, refuses them all.
 */
export async function verifySignatures(
  texts: readonly string[],
  signatures: readonly string[],
  options: VerifyOptions,
): Promise<string[]> {
  if (signatures.length === 0) throw new MigError('action_unsigned', 'action pgpsignatures is empty');
  const fingerprints: string[] = [];
  for (const signature of signatures) {
    const fingerprint = await verifySignature(texts, signature, options);
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

/**
 * Verifies one detached signature and returns the primary fingerprint of its signer. The steps refuse with
 * `signature_malformed`, `signature_unknown_signer`, `key_revoked`, `key_expired`, `key_malformed` or
 * `signature_wrong`.
 */
export async function verifySignature(
  texts: readonly string[],
  signature: string,
  { keyring, nowMs }: VerifyOptions,
): Promise<string> {
  const packet = await readDetachedSignature(signature);
  const signers = requireSigners(keyring, packet);
  // Several keys may claim the same key id: anyone can add another person's subkey to their own key.
  const refusals: unknown[] = [];
  for (const signer of signers) {
    try {
      await verifyBy(signer, texts, { packet, nowMs });
      return signer.fingerprint;
    } catch (error) {
      refusals.push(error);
    }
  }
  throw refusals[0];
}

async function verifyBy(
  signer: KeyringKey,
  texts: readonly string[],
  { packet, nowMs }: { packet: SignaturePacket; nowMs: number },
): Promise<void> {
  const date = requirePlausibleDate(packet, nowMs);
  const signingKey = await requireUsableKey(signer, { keyId: packet.issuerKeyID, nowMs, date });
  for (const text of texts) {
    if (await isSignatureOver(text, { packet, signingKey, date })) return;
  }
  throw new MigError(
    'signature_wrong',
    `openpgp: invalid signature by ${signer.fingerprint}: it is not over this text`,
  );
}

/** The key id or fingerprint that a signature claims, unverified; undefined when the text is no signature. */
export async function signatureIssuer(signature: string): Promise<string | undefined> {
  try {
    const { issuerFingerprint, issuerKeyID } = await readDetachedSignature(signature);
    const id = issuerFingerprint ? Buffer.from(issuerFingerprint).toString('hex') : issuerKeyID.toHex();
    return id.toUpperCase();
  } catch {
    return undefined;
  }
}

/** When a signature says that it was made; throws `signature_malformed` for another text. */
export async function signatureTimeMs(text: string): Promise<number> {
  const { created } = await readDetachedSignature(text);
  if (created === null)
    throw new MigError('signature_malformed', 'signature: it does not say when it was made');
  return created.getTime();
}

/** When a signature ends by itself, in milliseconds since 1970; `Infinity` when it never does. */
export async function signatureEndMs(text: string): Promise<number> {
  const end = (await readDetachedSignature(text)).getExpirationTime();
  return end instanceof Date ? end.getTime() : Number.POSITIVE_INFINITY;
}

/** Throws `signature_malformed` unless the text is a detached signature. Its signer is not checked. */
export async function requireSignature(text: string): Promise<void> {
  await readDetachedSignature(text);
}

async function readDetachedSignature(text: string): Promise<SignaturePacket> {
  const { packets } = await parseSignature(text);
  const packet = packets[0] as SignaturePacket | undefined;
  if (!packet || packets.length !== 1) {
    throw new MigError('signature_malformed', 'pgpsignatures: expected exactly one PGP signature');
  }
  if (packet.signatureType !== enums.signature.binary) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a signature over a document');
  }
  return packet;
}

async function parseSignature(text: string): Promise<Signature> {
  const binarySignature = decodeSignature(text);
  try {
    return await readSignature({ binarySignature });
  } catch (cause) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a PGP signature', { cause });
  }
}

/** The keys with the key id that the signature claims, as primary key or subkey; at least one. */
function requireSigners(keyring: Keyring, { issuerKeyID }: SignaturePacket): readonly KeyringKey[] {
  const signers = keyring.filter(({ key }) => key.getKeyIDs().some((id) => id.equals(issuerKeyID)));
  if (signers.length > 0) return signers;
  throw new MigError(
    'signature_unknown_signer',
    `openpgp: signature made by unknown entity (key ${issuerKeyID.toHex().toUpperCase()})`,
  );
}

/** The date for which the signature is verified: now, or its own when the signer's clock is ahead. */
function requirePlausibleDate({ created }: SignaturePacket, nowMs: number): Date {
  if (created === null) return new Date(nowMs);
  if (created.getTime() > nowMs + CLOCK_TOLERANCE_MS) {
    throw new MigError('signature_wrong', 'openpgp: signature was made in the future');
  }
  return new Date(Math.max(nowMs, created.getTime()));
}

interface SignatureBy {
  packet: SignaturePacket;
  signingKey: Awaited<ReturnType<Key['getSigningKey']>>;
  date: Date;
}

async function isSignatureOver(text: string, { packet, signingKey, date }: SignatureBy): Promise<boolean> {
  const data = Buffer.from(text);
  const isByRsa = verifyRsaSignature(data, packet, signingKey.keyPacket);
  if (isByRsa !== undefined) return isByRsa && !packet.isExpired(date);
  const [literal = {}] = (await createMessage({ binary: data })).packets;
  try {
    await packet.verify(signingKey.keyPacket, enums.signature.binary, literal, date, true);
    return true;
  } catch {
    return false;
  }
}

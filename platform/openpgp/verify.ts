import { createMessage, enums, readSignature, type Signature, type SignaturePacket, verify } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import { decodeSignature } from './armor.ts';
import type { Keyring, KeyringKey } from './keyring.ts';

/** Clocks of endpoints are wrong by hours; the action's signed window decides, not the second of signing. */
const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

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
  const { packet, binary } = await readDetached(signature);
  const signer = findSigner(keyring, packet);
  await checkKey(signer, nowMs);
  const created = packet.created?.getTime() ?? 0;
  if (created > nowMs + CLOCK_TOLERANCE_MS) {
    throw new MigError('signature_wrong', 'openpgp: signature was made in the future');
  }
  const date = new Date(Math.max(nowMs, created));
  for (const text of texts) {
    if (await isValid(text, { binary, signer, date })) return signer.fingerprint;
  }
  throw new MigError(
    'signature_wrong',
    `openpgp: invalid signature by ${signer.fingerprint}: it is not over this text`,
  );
}

async function readDetached(text: string): Promise<{ packet: SignaturePacket; binary: Uint8Array }> {
  const binary = decodeSignature(text);
  let signature: Signature;
  try {
    signature = await readSignature({ binarySignature: binary });
  } catch (cause) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a PGP signature', { cause });
  }
  const packet = signature.packets[0] as SignaturePacket | undefined;
  if (!packet || signature.packets.length !== 1) {
    throw new MigError('signature_malformed', 'pgpsignatures: expected exactly one PGP signature');
  }
  if (packet.signatureType !== enums.signature.binary) {
    throw new MigError('signature_malformed', 'pgpsignatures: not a signature over a document');
  }
  return { packet, binary };
}

function findSigner(keyring: Keyring, packet: SignaturePacket): KeyringKey {
  const issuer = packet.issuerKeyID;
  const signer = keyring.find(({ key }) => key.getKeyIDs().some((id) => id.equals(issuer)));
  if (signer) return signer;
  throw new MigError(
    'signature_unknown_signer',
    `openpgp: signature made by unknown entity (key ${issuer.toHex().toUpperCase()})`,
  );
}

async function checkKey({ key, fingerprint }: KeyringKey, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  if (await key.isRevoked(undefined, undefined, now)) {
    throw new MigError('key_revoked', `key ${fingerprint} is revoked`);
  }
  const expires = await key.getExpirationTime();
  if (expires === null) throw new MigError('key_malformed', `key ${fingerprint} has no valid self-signature`);
  if (expires !== Number.POSITIVE_INFINITY && (expires as Date).getTime() < nowMs) {
    throw new MigError('key_expired', `key ${fingerprint} expired at ${(expires as Date).toISOString()}`);
  }
}

async function isValid(
  text: string,
  { binary, signer, date }: { binary: Uint8Array; signer: KeyringKey; date: Date },
): Promise<boolean> {
  const result = await verify({
    message: await createMessage({ binary: Buffer.from(text) }),
    signature: await readSignature({ binarySignature: binary }),
    verificationKeys: signer.key,
    date,
  });
  try {
    await result.signatures[0]?.verified;
    return result.signatures.length === 1;
  } catch {
    return false;
  }
}

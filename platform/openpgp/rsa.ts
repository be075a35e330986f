import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type AnyKeyPacket, enums, type SignaturePacket } from 'openpgp';

const HASHES = new Map<number | null, string>([
  [enums.hash.sha256, 'sha256'],
  [enums.hash.sha384, 'sha384'],
  [enums.hash.sha512, 'sha512'],
]);

/**
 * Imported keys: an import costs more than the verification. A WeakMap is no state of the module: an entry belongs to its
 * key, and disappears with it.
 */
const keyObjects = new WeakMap<AnyKeyPacket, KeyObject>();

/**
 * Whether an RSA signature of version 4 over a document is by this key (RFC 4880 section 5.2.4). Undefined for every
 * other signature, and for one with critical subpackets: openpgp decides on those. It would decide the same here, in
 * four times the time: it imports the key for each signature and waits for another thread.
 */
export function verifyRsaSignature(
  data: Uint8Array,
  packet: SignaturePacket,
  key: AnyKeyPacket,
): boolean | undefined {
  const signature = readRsaSignature(packet);
  const numbers = readRsaKey(key);
  if (!signature || !numbers || !isIssuedBy(packet, key)) return undefined;
  const signed = Buffer.concat([data, signature.hashedFields, trailerOf(signature)]);
  const digest = createHash(signature.hash).update(signed).digest();
  const [first, second] = signature.digestStart;
  if (digest[0] !== first || digest[1] !== second) return false;
  const keyObject = importKey(key, numbers);
  if (!keyObject) return undefined;
  const padded = padStart(signature.s, numbers.n.length);
  return verify(signature.hash, signed, keyObject, padded);
}

interface RsaSignature {
  hash: string;
  /** The packet's version up to its hashed subpackets. */
  hashedFields: Uint8Array;
  /** The left 16 bits of the digest. */
  digestStart: Uint8Array;
  s: Uint8Array;
}

function readRsaSignature(packet: SignaturePacket): RsaSignature | undefined {
  const hash = HASHES.get(packet.hashAlgorithm);
  const { signatureData: hashedFields, signedHashValue: digestStart } = packet;
  const { s } = (packet as { params?: { s?: unknown } }).params ?? {};
  if (packet.version !== 4 || packet.signatureType !== enums.signature.binary) return undefined;
  if (!isRsa(packet.publicKeyAlgorithm) || hasCriticalSubpacket(packet)) return undefined;
  if (!hash || !hashedFields || !digestStart || !(s instanceof Uint8Array)) return undefined;
  return { hash, hashedFields, digestStart, s };
}

function isRsa(algorithm: number | null): boolean {
  return algorithm === enums.publicKey.rsaEncryptSign || algorithm === enums.publicKey.rsaSign;
}

function hasCriticalSubpacket(packet: SignaturePacket): boolean {
  const subpackets = [...packet.unknownSubpackets, ...packet.rawNotations];
  return subpackets.some(({ critical }) => critical) || packet.revocationKeyClass !== null;
}

interface RsaNumbers {
  n: Uint8Array;
  e: Uint8Array;
}

function readRsaKey(key: AnyKeyPacket): RsaNumbers | undefined {
  const { n, e } = key.publicParams as { n?: unknown; e?: unknown };
  return n instanceof Uint8Array && e instanceof Uint8Array ? { n, e } : undefined;
}

function isIssuedBy(packet: SignaturePacket, key: AnyKeyPacket): boolean {
  return packet.publicKeyAlgorithm === key.algorithm && packet.issuerKeyID.equals(key.getKeyID());
}

/** Version, 0xff, and the length of the hashed fields. */
function trailerOf({ hashedFields }: RsaSignature): Buffer {
  const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(hashedFields.length, 2);
  return trailer;
}

/** A signature is sent without leading zero bytes. */
function padStart(bytes: Uint8Array, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(Math.max(0, length - bytes.length)), bytes]);
}

/** Undefined for numbers that OpenSSL does not accept as a key: a refusal, not an error, as with openpgp. */
function importKey(key: AnyKeyPacket, { n, e }: RsaNumbers): KeyObject | undefined {
  const known = keyObjects.get(key);
  if (known) return known;
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  try {
    const imported = createPublicKey({ key: { kty: 'RSA', n: base64(n), e: base64(e) }, format: 'jwk' });
    keyObjects.set(key, imported);
    return imported;
  } catch {
    return undefined;
  }
}

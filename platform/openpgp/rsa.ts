import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type AnyKeyPacket, enums, type SignaturePacket } from 'openpgp';

const HASHES = new Map<number | null, string>([
  [enums.hash.sha256, 'sha256'],
  [enums.hash.sha384, 'sha384'],
  [enums.hash.sha512, 'sha512'],
]);
const keys = new WeakMap<AnyKeyPacket, KeyObject>();

/**
 * Whether an RSA signature of version 4 over a document is by this key (RFC 4880 5.2.4); undefined for every other
 * signature and for what says something critical, on which openpgp decides. It would come to the same here, in four
 * times the time: it imports the key for each signature and waits for another thread.
 */
export function isSignedWithRsa(
  data: Uint8Array,
  packet: SignaturePacket,
  key: AnyKeyPacket,
): boolean | undefined {
  const { signatureData, signedHashValue, version, signatureType, publicKeyAlgorithm } = packet;
  const hash = HASHES.get(packet.hashAlgorithm);
  const { s } = (packet as { params?: { s?: unknown } }).params ?? {};
  const { n, e } = key.publicParams as { n?: unknown; e?: unknown };
  if (!(hash && signatureData && signedHashValue && s instanceof Uint8Array)) return undefined;
  if (!(n instanceof Uint8Array && e instanceof Uint8Array)) return undefined;
  if (version !== 4 || signatureType !== enums.signature.binary || saysSomethingCritical(packet))
    return undefined;
  if (!isRsa(publicKeyAlgorithm) || publicKeyAlgorithm !== key.algorithm) return undefined;
  if (!packet.issuerKeyID.equals(key.getKeyID())) return undefined;

  const trailer = Buffer.from([version, 0xff, 0, 0, 0, 0]);
  trailer.writeUInt32BE(signatureData.length, 2);
  const signed = Buffer.concat([data, signatureData, trailer]);
  const digest = createHash(hash).update(signed).digest();
  if (digest[0] !== signedHashValue[0] || digest[1] !== signedHashValue[1]) return false;
  // Leading zero bytes are not sent.
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, n.length - s.length)), s]);
  const keyObject = keyObjectOf(key, n, e);
  if (!keyObject) return undefined;
  return verify(hash, signed, keyObject, padded);
}

function saysSomethingCritical({
  unknownSubpackets,
  rawNotations,
  revocationKeyClass,
}: SignaturePacket): boolean {
  return (
    [...unknownSubpackets, ...rawNotations].some(({ critical }) => critical) || revocationKeyClass !== null
  );
}

function isRsa(algorithm: number | null): boolean {
  return algorithm === enums.publicKey.rsaEncryptSign || algorithm === enums.publicKey.rsaSign;
}

/** undefined for numbers that OpenSSL takes for no key: a refusal, not an error, as with openpgp. */
function keyObjectOf(key: AnyKeyPacket, n: Uint8Array, e: Uint8Array): KeyObject | undefined {
  const known = keys.get(key);
  if (known) return known;
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  try {
    const made = createPublicKey({ key: { kty: 'RSA', n: base64(n), e: base64(e) }, format: 'jwk' });
    keys.set(key, made);
    return made;
  } catch {
    return undefined;
  }
}

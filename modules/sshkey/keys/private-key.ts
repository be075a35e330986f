import { createECDH } from 'node:crypto';
import { type Curve, curveOf } from './curves.ts';
import { DerReader, TAG } from './der.ts';
import { NotAKey } from './not-a-key.ts';
import { parseOpensshPrivateKey } from './openssh-private-key.ts';
import type { PemBlock } from './pem.ts';
import { wireInteger, wireString } from './wire.ts';

/** What may be told of a private key. */
export interface PrivateKey {
  isEncrypted: boolean;
  /** Undefined when only the passphrase would tell it. */
  publicKey: Buffer | undefined;
}

/** Reads the public half of a private key. Throws NotAKey for other blocks. */
export function parsePrivateKey(block: PemBlock): PrivateKey {
  const parse = PARSERS[block.type];
  if (parse === undefined) throw new NotAKey('the block is no private key of SSH');
  if (block.isEncrypted) return { isEncrypted: true, publicKey: undefined };
  return parse(block.content);
}

const PARSERS: Partial<Record<string, (content: Buffer) => PrivateKey>> = {
  'RSA PRIVATE KEY': (content) => unencrypted(rsaPublicKey(content)),
  'DSA PRIVATE KEY': (content) => unencrypted(dsaPublicKey(content)),
  'EC PRIVATE KEY': (content) => unencrypted(ecPublicKey(content)),
  'OPENSSH PRIVATE KEY': parseOpensshPrivateKey,
};

function unencrypted(publicKey: Buffer): PrivateKey {
  return { isEncrypted: false, publicKey };
}

/** PKCS#1 (RFC 8017, A.1.2): version, modulus, public exponent, private exponent, … */
function rsaPublicKey(content: Buffer): Buffer {
  const key = new DerReader(content).sequence();
  key.version(0);
  const modulus = key.read(TAG.integer);
  const exponent = key.read(TAG.integer);
  key.read(TAG.integer); // A public key alone is none.
  return Buffer.concat([wireString('ssh-rsa'), wireInteger(exponent), wireInteger(modulus)]);
}

/** OpenSSL's sequence: version, p, q, g, public key, private key. */
function dsaPublicKey(content: Buffer): Buffer {
  const key = new DerReader(content).sequence();
  key.version(0);
  const numbers = Array.from({ length: 4 }, () => wireInteger(key.read(TAG.integer)));
  key.read(TAG.integer);
  return Buffer.concat([wireString('ssh-dss'), ...numbers]);
}

/** SEC 1 (RFC 5915): version, private key, curve, and perhaps the public key, which is computed as it may be missing. */
function ecPublicKey(content: Buffer): Buffer {
  const key = new DerReader(content).sequence();
  key.version(1);
  const scalar = key.read(TAG.octets);
  const oid = new DerReader(key.read(TAG.parameters)).read(TAG.oid);
  const curve = curveOf((one) => one.oid.equals(oid));
  const parts = [`ecdsa-sha2-${curve.name}`, curve.name, publicPoint(curve, scalar)];
  return Buffer.concat(parts.map(wireString));
}

function publicPoint(curve: Curve, scalar: Buffer): Buffer {
  try {
    const ecdh = createECDH(curve.openssl);
    ecdh.setPrivateKey(scalar);
    return ecdh.getPublicKey();
  } catch {
    throw new NotAKey('the private key does not fit its curve');
  }
}

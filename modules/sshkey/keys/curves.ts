import { ECDH } from 'node:crypto';
import { NotAKey } from './not-a-key.ts';

/** A curve of SSH (RFC 5656): its name in keys, the one of OpenSSL, and its object identifier in DER. */
export interface Curve {
  name: string;
  openssl: string;
  oid: Buffer;
}

const CURVES: readonly Curve[] = [
  { name: 'nistp256', openssl: 'prime256v1', oid: Buffer.from('2a8648ce3d030107', 'hex') },
  { name: 'nistp384', openssl: 'secp384r1', oid: Buffer.from('2b81040022', 'hex') },
  { name: 'nistp521', openssl: 'secp521r1', oid: Buffer.from('2b81040023', 'hex') },
];

export function curveOf(isWanted: (curve: Curve) => boolean): Curve {
  const curve = CURVES.find(isWanted);
  if (curve === undefined) throw new NotAKey('SSH has no such curve');
  return curve;
}

/** Returns the point in the form that SSH uses. Throws NotAKey when it is not on the curve. */
export function pointOn(curve: Curve, point: Buffer): Buffer {
  try {
    return Buffer.from(ECDH.convertKey(point, curve.openssl, undefined, undefined, 'uncompressed') as Buffer);
  } catch {
    throw new NotAKey('the point is not on its curve');
  }
}

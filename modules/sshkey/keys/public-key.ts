import { curveOf, pointOn } from './curves.ts';
import { NotAKey } from './not-a-key.ts';
import { WireReader, wireInteger, wireString } from './wire.ts';

/**
 * Checks a public key in its binary form and returns it rebuilt. From a certificate it takes the key, as `ssh-keygen -l`
 * does. Throws NotAKey.
 */
export function parsePublicKey(wire: Buffer): Buffer {
  const reader = new WireReader(wire);
  const name = reader.text();
  const type = KEY_TYPES.find((one) => one.name === name || one.certificate === name);
  if (type === undefined) throw new NotAKey('SSH has no such key type');
  const isCertificate = name === type.certificate;
  if (isCertificate) reader.string(); // The nonce.
  const fields = type.fields.map((read) => read(reader));
  if (isCertificate) skipCertificate(reader);
  reader.end();
  return Buffer.concat([wireString(type.name), ...fields]);
}

/** Reads a field and returns it as it is written in the rebuilt key. */
type Field = (reader: WireReader) => Buffer;

interface KeyType {
  name: string;
  /** The type of a certificate of such a key. */
  certificate: string;
  fields: readonly Field[];
}

const ED25519_BYTES = 32;

const integer: Field = (reader) => wireInteger(reader.string());
const application: Field = (reader) => wireString(reader.string());

function ed25519(reader: WireReader): Buffer {
  const key = reader.string();
  if (key.length !== ED25519_BYTES) throw new NotAKey('an Ed25519 key has 32 bytes');
  return wireString(key);
}

function pointOf(curveName: string): Field {
  return (reader) => {
    if (reader.text() !== curveName) throw new NotAKey('the curve is not that of the key type');
    const point = pointOn(
      curveOf(({ name }) => name === curveName),
      reader.string(),
    );
    return Buffer.concat([wireString(curveName), wireString(point)]);
  };
}

const KEY_TYPES: readonly KeyType[] = [
  keyType('ssh-rsa', [integer, integer]),
  keyType('ssh-dss', [integer, integer, integer, integer]),
  keyType('ssh-ed25519', [ed25519]),
  keyType('ecdsa-sha2-nistp256', [pointOf('nistp256')]),
  keyType('ecdsa-sha2-nistp384', [pointOf('nistp384')]),
  keyType('ecdsa-sha2-nistp521', [pointOf('nistp521')]),
  keyType('sk-ssh-ed25519@openssh.com', [ed25519, application]),
  keyType('sk-ecdsa-sha2-nistp256@openssh.com', [pointOf('nistp256'), application]),
];

function keyType(name: string, fields: readonly Field[]): KeyType {
  return { name, certificate: `${name.replace('@openssh.com', '')}-cert-v01@openssh.com`, fields };
}

const SERIAL_AND_TYPE_BYTES = 12;
const VALIDITY_BYTES = 16;

/** What follows the key: serial, type, id, principals, validity, options, extensions, reserved, signer, signature. */
function skipCertificate(reader: WireReader): void {
  reader.skip(SERIAL_AND_TYPE_BYTES);
  skipStrings(reader, 2);
  reader.skip(VALIDITY_BYTES);
  skipStrings(reader, 5);
}

function skipStrings(reader: WireReader, count: number): void {
  for (let i = 0; i < count; i++) reader.string();
}

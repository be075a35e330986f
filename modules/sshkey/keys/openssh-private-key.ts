import { NotAKey } from './not-a-key.ts';
import { parsePublicKey } from './public-key.ts';
import { WireReader } from './wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0');

/**
 * Reads OpenSSH's own form of a private key. It has the public key in plain, in front of the private one, which is not
 * looked at. Throws NotAKey.
 */
export function parseOpensshPrivateKey(content: Buffer): { isEncrypted: boolean; publicKey: Buffer } {
  if (!content.subarray(0, MAGIC.length).equals(MAGIC)) throw new NotAKey('not a key of OpenSSH');
  const reader = new WireReader(content.subarray(MAGIC.length));
  const cipher = reader.text();
  const derivation = reader.text();
  reader.string(); // The options of the derivation.
  if (reader.uint32() !== 1) throw new NotAKey('the file has not one key');
  const publicKey = parsePublicKey(reader.string());
  return { isEncrypted: cipher !== 'none' || derivation !== 'none', publicKey };
}

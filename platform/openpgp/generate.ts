import { generateKey } from 'openpgp';

/** A new RSA 2048 key as armored text: the kind that MIG's Go programs can read too. */
export async function generateSigningKey(
  name: string,
  email: string,
): Promise<{ fingerprint: string; publicKey: string; privateKey: string }> {
  const pair = await generateKey({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name, email }],
    subkeys: [],
    format: 'object',
  });
  return {
    fingerprint: pair.publicKey.getFingerprint().toUpperCase(),
    publicKey: pair.publicKey.armor(),
    privateKey: pair.privateKey.armor(),
  };
}

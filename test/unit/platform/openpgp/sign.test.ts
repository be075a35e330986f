import { encryptKey, generateKey, PacketList, type PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../../platform/openpgp/keyring.ts';
import { createSigner } from '../../../../platform/openpgp/sign.ts';
import { signatureIssuer, verifySignature } from '../../../../platform/openpgp/verify.ts';

const now = Date.now();
let keys: [PrivateKey, PrivateKey];
const fingerprintOf = (key: PrivateKey | undefined) => key?.getFingerprint().toUpperCase() ?? '';

async function newKey(subkeys: object[] = []): Promise<PrivateKey> {
  const options = { type: 'curve25519', userIDs: { name: 'x' }, format: 'object', subkeys } as const;
  return (await generateKey({ ...options, date: new Date(now - 60_000) })).privateKey;
}

beforeAll(async () => {
  keys = [await newKey(), await newKey()];
});

describe('several private keys in one file all count', () => {
  const forms: [string, (keys: readonly PrivateKey[]) => string | Uint8Array][] = [
    [
      'armored one after the other, with text between',
      (all) => all.map((key) => `My key:\r\n${key.armor()}`).join('\n'),
    ],
    ['binary', (all) => Buffer.concat(all.map((key) => key.write()))],
    ['beside public ones', (all) => all.map((key) => key.toPublic().armor() + key.armor()).join('')],
  ];
  test.each(forms)('%s', async (_, write) => {
    for (const key of keys) {
      const signer = await createSigner(write(keys), { fingerprint: fingerprintOf(key) });
      const keyring = [await readPublicKey(signer.publicKey)];
      expect(await verifySignature(['x'], await signer.sign('x'), { keyring, nowMs: now })).toBe(
        fingerprintOf(key),
      );
    }
  });

  test('and another key is refused with the names of those in the file', async () => {
    const text = keys.map((key) => key.armor()).join('\n');
    await expect(createSigner(text, { fingerprint: 'F'.repeat(40) })).rejects.toMatchObject({
      code: 'key_fingerprint_mismatch',
      message: `the private key is ${keys.map(fingerprintOf).join(', ')}, not ${'F'.repeat(40)}`,
    });
    await expect(createSigner(text)).rejects.toThrow('expected one private key, there are several');
  });
});

describe('an offline primary key', () => {
  const withoutPrimary = (key: PrivateKey): string => {
    (key.keyPacket as unknown as { makeDummy(): void }).makeDummy();
    return key.armor();
  };

  test('signs by its subkey, and counts as the primary key', async () => {
    const key = await newKey([{ sign: true }, {}]);
    const [, subkey] = key.getKeys();
    const signer = await createSigner(withoutPrimary(key));
    const signature = await signer.sign('x');
    expect(await signatureIssuer(signature)).toBe(subkey?.getFingerprint().toUpperCase());
    const keyring = [await readPublicKey(signer.publicKey)];
    expect(await verifySignature(['x'], signature, { keyring, nowMs: now })).toBe(fingerprintOf(key));
  });

  test('without such a subkey is refused with the reason', async () => {
    await expect(createSigner(withoutPrimary(await newKey([{}])))).rejects.toMatchObject({
      code: 'key_cannot_sign',
      message: expect.stringMatching(
        /the primary key has its secret elsewhere; subkey \w{16} is for encryption only$/,
      ),
    });
  });
});

test('a locked key needs its passphrase, and a wrong one is refused', async () => {
  const locked = (await encryptKey({ privateKey: keys[0], passphrase: 'pässword 1' })).armor();
  await expect(createSigner(locked)).rejects.toThrow('set MIGPGPPASSPHRASE');
  await expect(createSigner(locked, { passphrase: 'other' })).rejects.toThrow('does not unlock');
  expect((await createSigner(locked, { passphrase: 'pässword 1' })).fingerprint).toBe(fingerprintOf(keys[0]));
});

test('a file without private keys is refused', async () => {
  await expect(createSigner(keys[0].toPublic().armor())).rejects.toThrow('it has public keys only');
  for (const text of ['', 'garbage', new PacketList().write()])
    await expect(createSigner(text)).rejects.toMatchObject({ code: 'key_malformed' });
});

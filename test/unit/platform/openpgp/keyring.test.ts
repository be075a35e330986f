import fc from 'fast-check';
import { generateKey, reformatKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readKeyring, readPublicKey, readPublicKeys } from '../../../../platform/openpgp/keyring.ts';

let armored: string[];
let binary: Uint8Array[];
let fingerprints: string[];
let privateKey: string;

beforeAll(async () => {
  const options = { type: 'curve25519', userIDs: { name: 'x' }, format: 'object' } as const;
  const made = await Promise.all([1, 2, 3].map(() => generateKey(options)));
  armored = made.map(({ publicKey }) => publicKey.armor());
  binary = made.map(({ publicKey }) => publicKey.write());
  fingerprints = made.map(({ publicKey }) => publicKey.getFingerprint().toUpperCase());
  privateKey = made[0]?.privateKey.armor() ?? '';
});
const namesOf = (keys: readonly { fingerprint: string }[]) => keys.map(({ fingerprint }) => fingerprint);

describe('several keys in one file all count', () => {
  test('armored, each in a block of its own, with text around and Windows line ends', async () => {
    const text = armored
      .map((key, i) => `Key ${i}:\n${key}\n`)
      .join('')
      .replace(/\r?\n/g, '\r\n');
    expect(namesOf((await readPublicKeys(text)).keyring)).toEqual(fingerprints);
    expect(namesOf((await readPublicKeys(Buffer.from(text))).keyring)).toEqual(fingerprints);
    expect(namesOf((await readKeyring([{ armored: text }])).keyring)).toEqual(fingerprints);
  });

  test('in every order and number, with any text between them', async () => {
    const between = fc.string({ unit: 'binary' }).filter((text) => !text.includes('-----'));
    const chosen = fc.array(fc.record({ index: fc.nat(2), between }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(chosen, async (parts) => {
        const text = parts.map((part) => `${part.between}\n${armored[part.index]}`).join('');
        const { keyring, refused } = await readPublicKeys(text);
        const wanted = new Set(parts.map(({ index }) => fingerprints[index]));
        expect({ names: namesOf(keyring), refused }).toEqual({ names: [...wanted], refused: [] });
      }),
      { numRuns: 50 },
    );
  });

  test('binary', async () => {
    expect(namesOf((await readPublicKeys(Buffer.concat(binary))).keyring)).toEqual(fingerprints);
  });

  test('beside blocks that are no public keys, which are refused one by one', async () => {
    const broken = (armored[1] ?? '').replace(/\n\n\S{20}/, '\n\n');
    const text = [armored[0], broken, privateKey, armored[2]].join('\n');
    const { keyring, refused } = await readPublicKeys(text);
    expect(namesOf(keyring)).toEqual([fingerprints[0], fingerprints[2]]);
    expect(refused.map(({ message }) => message)).toEqual([
      'not an armored PGP public key',
      'this is a private key; only public keys belong here',
    ]);
  });
});

test('reading one key refuses several, unless a fingerprint says which', async () => {
  const text = armored.join('\n');
  await expect(readPublicKey(text)).rejects.toThrow(`there are several: ${fingerprints.join(', ')}`);
  expect((await readPublicKey(text, fingerprints[1]?.toLowerCase())).fingerprint).toBe(fingerprints[1]);
  await expect(readPublicKey(`${armored[0]}\n${privateKey}`)).rejects.toThrow('this is a private key');
});

describe('copies of one key count together', () => {
  const options = { type: 'curve25519', userIDs: { name: 'x' }, format: 'object' } as const;
  const DAY_S = 24 * 3600;
  const yesterday = new Date(Date.now() - DAY_S * 1000);

  test('the later expiry counts, whichever copy comes first', async () => {
    const short = await generateKey({ ...options, date: yesterday, keyExpirationTime: 3600 });
    const extended = await reformatKey({
      privateKey: short.privateKey,
      userIDs: [{ name: 'x' }, { name: 'also y' }],
      keyExpirationTime: 10 * DAY_S,
      format: 'object',
    });
    const copies = [short.publicKey.armor(), extended.publicKey.armor()];
    for (const text of [copies.join('\n'), copies.toReversed().join('\n')]) {
      const { keyring } = await readPublicKeys(text);
      expect(keyring).toHaveLength(1);
      const expires = await keyring[0]?.key.getExpirationTime();
      expect(expires).toEqual(await extended.publicKey.getExpirationTime());
      expect(keyring[0]?.key.getUserIDs().toSorted()).toEqual(['also y', 'x']);
    }
  });

  test('a revocation counts, whichever copy comes first', async () => {
    const { privateKey: key } = await generateKey({ ...options, date: yesterday });
    const revoked = await revokeKey({ key, format: 'object' });
    const copies = [key.toPublic().armor(), revoked.publicKey.armor()];
    for (const order of [copies, copies.toReversed()]) {
      const { keyring } = await readKeyring(order.map((armored) => ({ armored })));
      expect(await Promise.all(keyring.map((one) => one.key.isRevoked()))).toEqual([true]);
    }
  });
});

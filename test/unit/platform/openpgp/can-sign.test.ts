import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey, type PrivateKey } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { judgeKeys, requireSigningKey } from '../../../../platform/openpgp/can-sign.ts';
import { readPublicKey } from '../../../../platform/openpgp/keyring.ts';
import { signText } from '../../../../platform/openpgp/sign.ts';
import { verifySignature } from '../../../../platform/openpgp/verify.ts';

const HOUR_MS = 3600_000;
const now = Date.now();
const KEYS = join(import.meta.dirname, '../../../fixtures/keys');
/** Reads a public key made by GnuPG. */
const fixture = (name: string) => readPublicKey(readFileSync(join(KEYS, `${name}.asc`), 'utf8'));

async function newKey(options: Record<string, unknown>): Promise<PrivateKey> {
  const all = { userIDs: [{ name: 'tester' }], format: 'object', date: new Date(now - HOUR_MS), ...options };
  return ((await generateKey(all as never)) as unknown as { privateKey: PrivateKey }).privateKey;
}
const publicOf = (key: PrivateKey) => readPublicKey(key.toPublic().armor());

describe('a key that can never sign here is refused with a reason for each of its keys', () => {
  test.each([
    ['dsa-2048', /: the primary key is a DSA key: only RSA, ECDSA and EdDSA keys sign here$/],
    ['rsa-1024', /: the primary key is RSA of 1024 bits, under 2,048$/],
    ['brainpool', /: the primary key is on curve brainpoolP256r1: only NIST P-256, P-384, P-521 and Ed25519/],
    ['secp256k1', /: the primary key is on curve secp256k1: /],
    ['expired', /: the primary key expired at 2024-01-02T00:00:00\.000Z$/],
    ['encryption-only', /: the primary key is not for signing; subkey [0-9A-F]{16} is not for signing$/],
    ['expired-subkey', /: the primary key is not for signing; subkey [0-9A-F]{16} may not sign: .*expired/],
  ])('%s', async (name, reason) => {
    await expect(requireSigningKey(await fixture(name), now)).rejects.toMatchObject({
      code: 'key_cannot_sign',
      message: expect.stringMatching(reason),
    });
  });

  test('created days in the future', async () => {
    const key = await newKey({ type: 'curve25519', date: new Date(now + 48 * HOUR_MS) });
    await expect(requireSigningKey(await publicOf(key), now)).rejects.toThrow('was made in the future');
  });
});

describe('a key that can sign is accepted', () => {
  test.each([
    ['RSA of 2048 bits', { type: 'rsa', rsaBits: 2048 }],
    ['P-256', { type: 'ecc', curve: 'nistP256' }],
    ['P-384', { type: 'ecc', curve: 'nistP384' }],
    ['P-521', { type: 'ecc', curve: 'nistP521' }],
    ['Ed25519 as GnuPG makes it', { type: 'ecc', curve: 'ed25519Legacy' }],
    ['Ed25519', { type: 'curve25519' }],
  ])('%s: it signs, and its signature verifies', async (_, options) => {
    const key = await newKey(options);
    const signer = await publicOf(key);
    const able = (await requireSigningKey(signer, now)).filter(({ problem }) => problem === undefined);
    expect(able.map(({ fingerprint }) => fingerprint)).toEqual([signer.fingerprint]);
    const signature = await signText('x', key, able[0]?.keyId);
    expect(await verifySignature(['x'], signature, { keyring: [signer], nowMs: now })).toBe(
      signer.fingerprint,
    );
  });

  test('created minutes in the future', async () => {
    const key = await newKey({ type: 'curve25519', date: new Date(now + HOUR_MS / 6) });
    expect(await requireSigningKey(await publicOf(key), now)).toHaveLength(2);
  });

  test('whose primary key only certifies, by its subkey', async () => {
    const verdicts = await judgeKeys(await fixture('offline-primary'), now);
    expect(verdicts.map(({ isPrimary, problem }) => [isPrimary, problem])).toEqual([
      [true, 'is not for signing'],
      [false, undefined],
      [false, 'is for encryption only'],
    ]);
  });
});

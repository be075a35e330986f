import fc from 'fast-check';
import { createMessage, generateKey, type PrivateKey, sign } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { refuseOffer } from '../../../../agent/loader/decide-offer.ts';
import { verifyOffer } from '../../../../agent/loader/verify-offer.ts';
import { ManifestOffer } from '../../../../contract/manifest-offer.ts';
import { manifestText } from '../../../../contract/rules/manifest.ts';
import { withChecksum } from '../../../../platform/openpgp/armor.ts';
import { type Keyring, readPublicKey } from '../../../../platform/openpgp/keyring.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const ENTRIES = [
  { name: 'mig-agent', sha256: 'a'.repeat(64) },
  { name: 'configuration', sha256: 'b'.repeat(64) },
];
const TEXT = manifestText(ENTRIES);

let keys: Record<'ann' | 'ben' | 'eve', PrivateKey>;
let keyring: Keyring;

beforeAll(async () => {
  const [ann, ben, eve] = await Promise.all(['Ann', 'Ben', 'Eve'].map(newKey));
  if (!ann || !ben || !eve) throw new Error('no keys');
  keys = { ann, ben, eve };
  keyring = await Promise.all([ann, ben].map((key) => readPublicKey(key.toPublic().armor())));
});

async function newKey(name: string): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    userIDs: [{ name }],
    format: 'object',
    date: new Date(NOW - 1_000 * HOUR_MS),
  });
  return privateKey;
}

async function signedAt(hoursAgo: number, key: PrivateKey, text = TEXT): Promise<string> {
  const signature = await sign({
    message: await createMessage({ binary: Buffer.from(text) }),
    signingKeys: key,
    detached: true,
    format: 'binary',
    date: new Date(NOW - hoursAgo * HOUR_MS),
  });
  return withChecksum(Buffer.from(signature as Uint8Array).toString('base64'));
}

const verify = (signatures: string[], { required = 2, entries = ENTRIES } = {}) =>
  verifyOffer({ loader_name: 'x', entries, signatures }, { keyring, required, nowMs: NOW });
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'manifest_refused', message: expect.stringMatching(message) });

describe('a manifest', () => {
  test('is installed when enough different people have signed it', async () => {
    const signatures = [await signedAt(1, keys.ann), await signedAt(2, keys.ben)];
    const { entries, signers, ignored } = await verify(signatures);
    expect({ entries, ignored }).toEqual({ entries: ENTRIES, ignored: [] });
    expect(signers.map(({ name }) => name)).toEqual(['Ann', 'Ben']);
  });

  test('is refused when too few have signed', async () => {
    await expect(verify([])).rejects.toEqual(refusal(/has 0 good signatures, and needs 2/));
    await expect(verify([await signedAt(1, keys.ann)])).rejects.toEqual(refusal(/has 1 good signature, and/));
  });

  test('is refused when one has signed twice', async () => {
    const signatures = [await signedAt(1, keys.ann), await signedAt(2, keys.ann)];
    await expect(verify(signatures)).rejects.toEqual(refusal(/needs 2.*signed more than once/));
  });

  test('is refused when a second signature is by a stranger, of other files, or no signature', async () => {
    const good = await signedAt(1, keys.ann);
    const other = manifestText([{ name: 'mig-agent', sha256: 'c'.repeat(64) }]);
    for (const [signature, why] of [
      [await signedAt(1, keys.eve), /unknown entity/],
      [await signedAt(1, keys.ben, other), /not over this text/],
      [await signedAt(-2_000, keys.ben), /in the future/],
      ['wsBcBAAB==g49U', /not a PGP signature/],
      ['', /not a base64/],
    ] as const) {
      await expect(verify([good, signature]), String(why)).rejects.toEqual(refusal(why));
    }
  });

  test('is installed although another signature does not count', async () => {
    const signatures = [
      'nonsense',
      await signedAt(1, keys.ann),
      await signedAt(1, keys.eve),
      await signedAt(2, keys.ben),
    ];
    expect((await verify(signatures)).ignored).toHaveLength(2);
  });

  test('is refused when any file in it was changed, added, removed or moved', async () => {
    const signatures = [await signedAt(1, keys.ann), await signedAt(1, keys.ben)];
    const [first, second] = ENTRIES;
    if (!first || !second) throw new Error('no entries');
    const variants = [
      [{ ...first, sha256: 'c'.repeat(64) }, second],
      [{ ...first, name: 'mig-loader' }, second],
      [second, first],
      [first],
      [first, second, { name: 'agentkey', sha256: 'd'.repeat(64) }],
    ];
    for (const entries of variants) {
      await expect(verify(signatures, { entries })).rejects.toEqual(refusal(/has 0 good signatures/));
    }
  });

  test('is refused without files, and with two of one name', async () => {
    await expect(verify([], { entries: [] })).rejects.toEqual(refusal(/has no file/));
    const [first] = ENTRIES;
    if (!first) throw new Error('no entries');
    await expect(verify([], { entries: [first, first] })).rejects.toEqual(
      refusal(/two files named mig-agent/),
    );
  });

  test('is as old as the last signature that it needs', async () => {
    const [annOld, annNew] = [await signedAt(100, keys.ann), await signedAt(1, keys.ann)];
    const ben = await signedAt(50, keys.ben);
    const hoursOld = async (signatures: string[], required?: number) =>
      (NOW - (await verify(signatures, required === undefined ? {} : { required })).signedMs) / HOUR_MS;
    expect(await hoursOld([annNew, ben])).toBe(50);
    expect(await hoursOld([annOld, ben])).toBe(100);
    // One new signature does not make the old one of another new.
    expect(await hoursOld([annOld, annNew, ben])).toBe(50);
    expect(await hoursOld([annNew, ben], 1)).toBe(1);
  });
});

describe('a manifest offered by the API', () => {
  const good = { loader_name: 'x', entries: ENTRIES, signatures: ['s'] };
  test.each([
    ['no hash', { ...good, entries: [{ name: 'a', sha256: 'xyz' }] }],
    ['a hash in capitals', { ...good, entries: [{ name: 'a', sha256: 'A'.repeat(64) }] }],
    ['no name', { ...good, entries: [{ name: '', sha256: 'a'.repeat(64) }] }],
    ['too many files', { ...good, entries: Array(65).fill(ENTRIES[0]) }],
    ['too many signatures', { ...good, signatures: Array(65).fill('s') }],
    ['a long signature', { ...good, signatures: ['s'.repeat(20_000)] }],
    ['no list', { ...good, entries: null }],
    ['nothing', null],
  ])('is refused with %s', (_, offer) => {
    expect(ManifestOffer.safeParse(good).success).toBe(true);
    expect(ManifestOffer.safeParse(offer).success).toBe(false);
  });
});

describe('after an installation', () => {
  const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
  const signedMs = fc.integer({ min: 0, max: NOW }).map((ms) => ms - (ms % 1_000));
  const isRefused = (...args: Parameters<typeof refuseOffer>) => {
    try {
      refuseOffer(...args);
      return false;
    } catch (error) {
      expect(error).toEqual(refusal(/reset the older one and sign it again|-retry/));
      return true;
    }
  };

  test('an older manifest is refused, unless it is the same', () => {
    fc.assert(
      fc.property(digest, signedMs, digest, signedMs, (text, ms, installedText, installedMs) => {
        const installed = { digest: installedText, signedMs: installedMs };
        expect(isRefused({ digest: text, signedMs: ms }, { installed })).toBe(
          text !== installedText && ms < installedMs,
        );
        expect(isRefused({ digest: text, signedMs: ms }, {})).toBe(false);
        expect(isRefused({ digest: installedText, signedMs: ms }, { installed })).toBe(false);
      }),
    );
  });

  test('a manifest with which the agent did not start is refused, and no other', () => {
    const failed = { digest: 'a'.repeat(64), why: 'the agent did not start' };
    expect(isRefused({ digest: failed.digest, signedMs: NOW }, { failed })).toBe(true);
    expect(isRefused({ digest: 'b'.repeat(64), signedMs: NOW }, { failed })).toBe(false);
  });
});

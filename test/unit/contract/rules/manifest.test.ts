import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWithdrawn, manifestText, mayServe, statusOf } from '../../../../contract/rules/manifest.ts';

test('the signed text is that of MIG, without the name of the loader and without signatures', () => {
  expect(manifestText([{ name: 'configuration', sha256: '00ff' }])).toBe(
    '{"loader_name":"","entries":[{"name":"configuration","sha256":"00ff"}],"signatures":[]}',
  );
});

test('two lists of files never have the same text', () => {
  const entry = fc.record({
    name: fc.string({ unit: 'grapheme', maxLength: 20 }),
    sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
  });
  const list = fc.array(entry, { maxLength: 4 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b);
      expect(manifestText(a) === manifestText(b)).toBe(isSame);
      expect(JSON.parse(manifestText(a)).entries).toEqual(a);
    }),
  );
});

test('a manifest is served while it is active and enough different investigators have signed it', () => {
  const signers = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 });
  const status = fc.constantFrom('staged', 'active', 'disabled');
  fc.assert(
    fc.property(status, signers, fc.integer({ min: 1, max: 4 }), (stored, ids, required) => {
      const isEnough = new Set(ids).size >= required;
      expect(statusOf(ids, required)).toBe(isEnough ? 'active' : 'staged');
      expect(mayServe({ status: stored, signers: ids }, required)).toBe(isEnough && stored === 'active');
    }),
  );
});

test('a signature of the second of the withdrawal or later counts, and no older one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (signedS, withdrawnMs) => {
      const isOlder = signedS < Math.floor(withdrawnMs / 1000);
      expect(isWithdrawn({ signedMs: signedS * 1000, withdrawnMs })).toBe(isOlder);
      expect(isWithdrawn({ signedMs: signedS * 1000, withdrawnMs: undefined })).toBe(false);
    }),
  );
});

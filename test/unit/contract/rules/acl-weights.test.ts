import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Acl, checkAcl } from '../../../../contract/rules/acl.ts';
import { addsWeight, isWeightEnough, weightsFor } from '../../../../contract/rules/acl-weights.ts';

const [BOB, JOHN, JANE] = ['B', 'A', 'C'].map((digit) => digit.repeat(40)) as [string, string, string];
const ACL: Acl = {
  default: {
    minimumweight: 2,
    investigators: {
      'Bob Kelso': { fingerprint: BOB, weight: 2 },
      'John Smith': { fingerprint: JOHN.toLowerCase(), weight: 1 },
      'Jane Doe': { fingerprint: JANE, weight: 0 },
    },
  },
};

test('says what each module needs, what its signers have, and who could add weight', () => {
  expect(weightsFor(ACL, { modules: ['file', 'pkg'], fingerprints: [JOHN, JANE] })).toEqual(
    ['file', 'pkg'].map((module) => ({
      module,
      needed: 2,
      has: 1,
      others: [{ name: 'Bob Kelso', fingerprint: BOB, weight: 2 }],
    })),
  );
});

test('a module that nobody may run needs a weight that nobody has', () => {
  const weights = weightsFor(
    { file: { minimumweight: 0, investigators: {} } },
    { modules: ['file', 'constructor'], fingerprints: [BOB] },
  );
  expect(weights.map(({ needed }) => needed)).toEqual([null, null]);
  expect(isWeightEnough(weights)).toBe(false);
});

test('a key adds weight where weight is missing and it has some that does not count yet', () => {
  const weights = weightsFor(ACL, { modules: ['file'], fingerprints: [JOHN] });
  expect([BOB, BOB.toLowerCase(), JOHN, JANE, 'F'.repeat(40)].map((key) => addsWeight(weights, key))).toEqual(
    [true, true, false, false, false],
  );
  expect(addsWeight(weightsFor(ACL, { modules: ['file'], fingerprints: [BOB] }), JOHN)).toBe(false);
});

test('agrees with what agents decide, for any ACL and any signers', () => {
  const key = fc.constantFrom(BOB, JOHN, JANE);
  const entry = fc.record({
    minimumweight: fc.integer({ min: -1, max: 4 }),
    investigators: fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.record({ fingerprint: key, weight: fc.integer({ min: 0, max: 3 }) }),
    ),
  });
  const acl = fc.dictionary(fc.constantFrom('default', 'file', 'pkg'), entry);
  const signed = fc.record({
    modules: fc.uniqueArray(fc.constantFrom('file', 'pkg', 'netstat'), { minLength: 1 }),
    fingerprints: fc.uniqueArray(key, { minLength: 1 }),
  });
  fc.assert(
    fc.property(acl, signed, (given, action) => {
      expect(isWeightEnough(weightsFor(given, action))).toBe(isAllowed(given, action));
    }),
  );
});

function isAllowed(acl: Acl, action: Parameters<typeof checkAcl>[1]): boolean {
  try {
    checkAcl(acl, action);
    return true;
  } catch {
    return false;
  }
}

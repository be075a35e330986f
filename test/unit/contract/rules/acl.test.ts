import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Acl, checkAcl } from '../../../../contract/rules/acl.ts';

const BOB = 'B'.repeat(40);
const JOHN = 'A'.repeat(40);
/** The example of the concepts document. */
const EXAMPLE: Acl = {
  filechecker: {
    minimumweight: 2,
    investigators: {
      'Bob Kelso': { fingerprint: BOB, weight: 2 },
      'John Smith': { fingerprint: JOHN, weight: 1 },
    },
  },
};

describe('the example of the concepts document', () => {
  test('John alone is refused, with the weight needed and given', () => {
    expect(() => checkAcl(EXAMPLE, { modules: ['filechecker'], fingerprints: [JOHN] })).toThrow(
      'permission denied for operation filechecker, insufficient signatures weight (need 2, got 1)',
    );
  });

  test('Bob alone is allowed, as are John and Bob together', () => {
    checkAcl(EXAMPLE, { modules: ['filechecker'], fingerprints: [BOB] });
    checkAcl(EXAMPLE, { modules: ['filechecker'], fingerprints: [JOHN, BOB] });
  });
});

test('a module without an entry and without a default is refused', () => {
  expect(() => checkAcl(EXAMPLE, { modules: ['netstat'], fingerprints: [BOB] })).toThrow(
    'no ACL entry found for netstat, and no default present',
  );
  expect(() => checkAcl({}, { modules: ['toString'], fingerprints: [BOB] })).toThrow(
    'no ACL entry found for toString',
  );
});

test('a specific entry replaces the default entirely', () => {
  const acl: Acl = {
    ...EXAMPLE,
    default: { minimumweight: 1, investigators: { j: { fingerprint: JOHN, weight: 9 } } },
  };
  expect(() => checkAcl(acl, { modules: ['filechecker'], fingerprints: [JOHN] })).toThrow('need 2, got 1');
  checkAcl(acl, { modules: ['netstat'], fingerprints: [JOHN] });
});

test('every operation must be allowed', () => {
  const acl: Acl = {
    ...EXAMPLE,
    default: { minimumweight: 3, investigators: { b: { fingerprint: BOB, weight: 2 } } },
  };
  expect(() => checkAcl(acl, { modules: ['filechecker', 'netstat'], fingerprints: [BOB] })).toThrow(
    'for operation netstat',
  );
});

test('the same key twice is an error, even in different case', () => {
  expect(() =>
    checkAcl(EXAMPLE, { modules: ['filechecker'], fingerprints: [JOHN, JOHN.toLowerCase()] }),
  ).toThrow('used to sign multiple times');
});

test('two labels for one key count as one signer', () => {
  const acl: Acl = {
    default: {
      minimumweight: 2,
      investigators: { a: { fingerprint: JOHN, weight: 1 }, b: { fingerprint: JOHN, weight: 1 } },
    },
  };
  expect(() => checkAcl(acl, { modules: ['file'], fingerprints: [JOHN] })).toThrow('need 2, got 1');
});

test('a minimum below 1 is an invalid ACL', () => {
  expect(() =>
    checkAcl(
      { default: { minimumweight: 0, investigators: {} } },
      { modules: ['file'], fingerprints: [JOHN] },
    ),
  ).toThrow('weight must be > 0');
});

test('an action without signers is refused', () => {
  expect(() => checkAcl(EXAMPLE, { modules: ['filechecker'], fingerprints: [] })).toThrow(
    'no valid fingerprints found',
  );
});

test('another signer never loses a permission, and a stranger never gains one', () => {
  const fingerprint = fc.integer({ min: 0, max: 9 }).map((n) => String(n).repeat(40));
  const investigators = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.record({ fingerprint, weight: fc.nat(5) }),
  );
  fc.assert(
    fc.property(
      fc.record({ minimumweight: fc.integer({ min: 1, max: 9 }), investigators }),
      fc.uniqueArray(fingerprint, { minLength: 1 }),
      fingerprint,
      (entry, signers, another) => {
        const may = (who: string[]) => {
          try {
            checkAcl({ default: entry }, { modules: ['file'], fingerprints: who });
            return true;
          } catch {
            return false;
          }
        };
        if (may(signers) && !signers.includes(another)) expect(may([...signers, another])).toBe(true);
        expect(may(['f'.repeat(40)])).toBe(false);
      },
    ),
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareEvr, evrMatches } from '../../../../modules/scribe/evr.ts';

const TABLE: [string, string, string, boolean][] = [
  ['1.0.1', '<', '1.0.1e', true],
  ['1.5.9z', '<', '1.5.10', true],
  ['2:7.2-1', '>', '1:9.9-1', true],
  ['1.0-2', '>', '1.0-10', false],
  ['1.0', '<', '1.0~rc1', true],
  ['1.0', '=', '1.0-0', false],
  ['1.01', '=', '1.1', true],
  ['a', '<', '1', true],
  ['1_0', '=', '1.0', true],
  ['2.00', '=', '2.0', true],
  ['2.000', '<', '2.1', true],
  ['00', '=', '0', true],
  ['1.0-1-2', '=', '1.0-1-2', true],
  ['10', '>', '9', true],
  ['', '<', '1', true],
];

for (const [actual, operation, value, expected] of TABLE) {
  test(`${actual} ${operation} ${value} is ${expected}`, () => {
    expect(evrMatches(actual, { operation, value })).toBe(expected);
  });
}

describe('refusals', () => {
  test.each([
    ['1:', '<', 'evrExtract: only epoch'],
    ['1.0-', '<', 'evrExtract: ends in dash'],
    ['1.0', '!', 'invalid evr operation !'],
    ['99999999999999999999:1', '<', 'evrRpmCompare: bad actual epoch'],
  ])('%s %s is refused with MIGs words', (actual, operation, message) => {
    expect(() => evrMatches(actual, { operation, value: '2.0' })).toThrow(message);
  });

  test('an epoch of a million digits is refused at once', () => {
    expect(() => compareEvr('1', `${'9'.repeat(1_000_000)}:1`)).toThrow('evrRpmCompare: bad check epoch');
  });
});

const version = fc.stringMatching(/^[0-9a-z.~_:-]{0,12}$/);

test('the order of two versions is opposite when they change places', () => {
  fc.assert(
    fc.property(version, version, (one, other) => {
      const order = (a: string, b: string) => {
        try {
          return Math.sign(compareEvr(a, b));
        } catch {
          return undefined;
        }
      };
      const forth = order(one, other);
      const back = order(other, one);
      expect(forth === undefined ? undefined : -forth + 0).toBe(back === undefined ? undefined : back + 0);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exceedsPercent, reachesPercent } from '../../../../contract/rules/percent.ts';

const share = fc
  .nat(1_000_000)
  .chain((whole) => fc.record({ whole: fc.constant(whole), part: fc.nat(whole) }));

test('a limit is reached at its very percent, and exceeded only above', () => {
  expect(reachesPercent({ part: 1, whole: 10 }, 10)).toBe(true);
  expect(reachesPercent({ part: 99, whole: 1000 }, 10)).toBe(false);
  expect(exceedsPercent({ part: 1, whole: 10 }, 10)).toBe(false);
  expect(exceedsPercent({ part: 101, whole: 1000 }, 10)).toBe(true);
});

test('whatever exceeds a limit reaches it, and the two differ only at the limit itself', () => {
  fc.assert(
    fc.property(share, fc.integer({ min: 1, max: 100 }), ({ part, whole }, percent) => {
      const isAtLimit = whole > 0 && part * 100 === percent * whole;
      expect(reachesPercent({ part, whole }, percent)).toBe(
        exceedsPercent({ part, whole }, percent) || isAtLimit,
      );
    }),
  );
});

test('no answers reach no limit', () => {
  expect(reachesPercent({ part: 0, whole: 0 }, 1)).toBe(false);
});

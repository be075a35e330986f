import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RESTART_DELAY, restartDelayMs } from '../../../../agent/persistent/restart-delay.ts';

const shortest = (failures: number) => restartDelayMs(failures, RESTART_DELAY, () => 0);

test('the pause is 10 s at first, doubles, and ends at 10 minutes', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => shortest(failures) / 1000)).toEqual([
    10, 20, 40, 80, 160, 320, 600, 600, 600,
  ]);
});

test('jitter adds at most a quarter', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const delayMs = restartDelayMs(failures, RESTART_DELAY, () => random);
        expect(delayMs).toBeGreaterThanOrEqual(shortest(failures));
        expect(delayMs).toBeLessThanOrEqual(shortest(failures) * 1.25);
      },
    ),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_PER_MINUTE } from '../../../../../contract/rules/brakes/limits.ts';
import { MAX_BATCH, mostWithin, paceOf } from '../../../../../contract/rules/brakes/pace.ts';

const anyRate = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: MAX_PER_MINUTE }));

test('a hundred a minute leave ten at a time, every six seconds', () => {
  expect(paceOf(100)).toEqual({ batch: 10, everyMs: 6_000 });
  expect(paceOf(1)).toEqual({ batch: 1, everyMs: 60_000 });
});

test('no minute, whenever it begins, has more commands than the rate allows', () => {
  fc.assert(
    fc.property(anyRate, fc.array(fc.nat(30_000), { maxLength: 50 }), (perMinute, delays) => {
      const { batch, everyMs } = paceOf(perMinute);
      // Batches as early as they may leave, or later by some delay.
      const times = [0];
      for (let index = 0; times.length < 300; index++) {
        times.push((times.at(-1) ?? 0) + everyMs + (delays[index] ?? 0));
      }
      for (const [first, start] of times.entries()) {
        const within = times.slice(first).filter((time) => time < start + 60_000);
        expect(within.length * batch).toBeLessThanOrEqual(perMinute);
      }
    }),
    { numRuns: 50 },
  );
});

test('a rate is used almost in full, and its batches are never larger than a page', () => {
  fc.assert(
    fc.property(anyRate, (perMinute) => {
      const { batch, everyMs } = paceOf(perMinute);
      expect(batch).toBeLessThanOrEqual(MAX_BATCH);
      expect((60_000 / everyMs) * batch).toBeGreaterThan(perMinute * 0.89);
    }),
  );
});

test('sixty a minute ask at most 3,600 agents in an hour', () => {
  expect(mostWithin(60, 3600_000)).toBe(3_600);
  expect(mostWithin(60, 1)).toBe(6);
  expect(mostWithin(60, 0)).toBe(0);
});

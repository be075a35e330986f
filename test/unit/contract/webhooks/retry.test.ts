import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quietMsAfter, RETRY_PAUSES_MS, retryAfterMs } from '../../../../contract/webhooks/retry.ts';

const DAY_MS = 24 * 3600_000;

test('tries span three days and end with the tenth', () => {
  const pauses = [];
  for (let attempts = 1; ; attempts++) {
    const ms = retryAfterMs({ attempts, quietMs: 0, pausesMs: RETRY_PAUSES_MS, random: 0 });
    if (ms === undefined) break;
    pauses.push(ms);
  }
  expect(pauses).toHaveLength(9);
  expect(pauses.reduce((sum, ms) => sum + ms)).toBe((75 * 3600 + 35 * 60 + 5) * 1000);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
});

test('no try comes earlier than its pause or than the receiver asked, nor much later', () => {
  const given = fc.record({
    attempts: fc.integer({ min: 1, max: 9 }),
    quietMs: fc.integer({ min: 0, max: DAY_MS }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(given, ({ attempts, quietMs, random }) => {
      const least = Math.max(RETRY_PAUSES_MS[attempts - 1] ?? 0, quietMs);
      const ms = retryAfterMs({ attempts, quietMs, pausesMs: RETRY_PAUSES_MS, random }) ?? -1;
      expect(ms).toBeGreaterThanOrEqual(least);
      expect(ms).toBeLessThanOrEqual(1.1 * least + 1);
    }),
  );
});

test.each([
  [429, '7', 7_000],
  [503, 'Mon, 30 Nov 2026 00:01:00 GMT', 60_000],
  [429, 'Sun, 29 Nov 2026 00:00:00 GMT', 0],
  [429, '999999999', DAY_MS],
  [429, undefined, 30_000],
  [502, 'soon', 30_000],
  [504, undefined, 30_000],
  [500, '7', 0],
  [undefined, undefined, 0],
])('after %s with Retry-After %s the receiver is left alone for %s ms', (status, retryAfter, ms) => {
  expect(quietMsAfter({ status, retryAfter }, Date.parse('2026-11-30T00:00:00Z'))).toBe(ms);
});

test('whatever a receiver writes into Retry-After, it is left alone for a day at most', () => {
  fc.assert(
    fc.property(fc.string(), (retryAfter) => {
      const ms = quietMsAfter({ status: 429, retryAfter }, 0);
      expect(ms >= 0 && ms <= DAY_MS).toBe(true);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countInFlight, countSendable, stopReason } from '../../../../contract/rules/upgrade-pacing.ts';
import type { UpgradeCounts } from '../../../../contract/rules/upgrade-protocol.ts';

const PACE = { canary: 5, atOnce: 200, maxFailurePercent: 10 };
const counts = (waiting: number, sent: number, done: number, failed = 0): UpgradeCounts => ({
  open: { waiting, sent },
  finished: { done, failed },
  reachable: waiting,
  silent: 0,
});

test('the canary goes first, and no other endpoint before all of it has ended', () => {
  expect(countSendable(counts(1000, 0, 0), PACE)).toBe(5);
  expect(countSendable(counts(995, 5, 0), PACE)).toBe(0);
  expect(countSendable(counts(995, 1, 4), PACE)).toBe(0);
  expect(countSendable(counts(995, 0, 5), PACE)).toBe(10);
});

test('after the canary, twice as many as have ended may have started, up to the limit at once', () => {
  expect(countSendable(counts(1000, 10, 15), PACE)).toBe(10);
  expect(countSendable(counts(1000, 0, 150), PACE)).toBe(155);
  expect(countSendable(counts(1000, 150, 500), PACE)).toBe(50);
  expect(countSendable(counts(3, 0, 500), PACE)).toBe(3);
});

test('offline endpoints are not started', () => {
  const offline = { open: { waiting: 100 }, finished: {}, reachable: 2, silent: 0 };
  expect(countSendable(offline, PACE)).toBe(2);
});

test('silent endpoints free their places for others, in the canary and later', () => {
  expect(countSendable({ ...counts(1000, 5, 0), silent: 3 }, PACE)).toBe(3);
  expect(countSendable({ ...counts(1000, 200, 500), silent: 200 }, PACE)).toBe(200);
});

test('never more upgrades in progress than `atOnce`, whatever the counts', () => {
  const number = fc.nat(5000);
  fc.assert(
    fc.property(number, number, number, number, (waiting, sent, done, failed) => {
      const now = counts(waiting, sent, done, failed);
      const next = countSendable(now, PACE);
      expect(next).toBeLessThanOrEqual(waiting);
      if (next > 0) expect(countInFlight(now) + next).toBeLessThanOrEqual(PACE.atOnce);
    }),
  );
});

test('too many failures stop the upgrade once the canary has ended', () => {
  expect(stopReason(counts(100, 4, 0, 1), PACE)).toBeUndefined();
  expect(stopReason(counts(100, 0, 4, 1), PACE)).toBe('stopped: 1 of 5 upgrades failed, more than 10 %');
  expect(stopReason(counts(100, 0, 90, 10), PACE)).toBeUndefined();
  const lingering = { ...counts(100, 0, 8), finished: { done: 8, lingering: 2 } };
  expect(stopReason(lingering, PACE)).toContain('2 of 10');
});

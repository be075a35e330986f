import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decidePlannedTime, type Pause, type PlannedTime } from '../../../../contract/rules/planned-time.ts';

const MINUTE_MS = 60_000;
const NOW_MS = 1_000 * MINUTE_MS;

const inTime: PlannedTime = {
  plannedMs: NOW_MS - MINUTE_MS,
  nowMs: NOW_MS,
  catchupMs: 10 * MINUTE_MS,
  overlap: 'skip',
  pauses: [],
  isOverlapping: false,
  isLast: true,
};

const PAUSED = { type: 'none', state: 'missed', reason: 'the sweep was paused' };

describe('a pause', () => {
  test.each([
    [-1, 'start'],
    [0, 'none'],
    [1, 'none'],
    [5 * MINUTE_MS - 1, 'none'],
    [5 * MINUTE_MS, 'start'],
    [5 * MINUTE_MS + 1, 'start'],
  ])('of five minutes, and a time %d ms after it began', (afterMs, type) => {
    const fromMs = NOW_MS - 6 * MINUTE_MS;
    const pauses = [{ fromMs, toMs: fromMs + 5 * MINUTE_MS }];
    expect(decidePlannedTime({ ...inTime, plannedMs: fromMs + afterMs, pauses }).type).toBe(type);
  });

  const pauses = fc
    .uniqueArray(fc.integer({ min: NOW_MS - 20 * MINUTE_MS, max: NOW_MS }), { maxLength: 7 })
    .map((times): Pause[] => {
      const [...sorted] = times.sort((one, other) => one - other);
      return sorted.flatMap((fromMs, index) =>
        index % 2 === 0 ? [{ fromMs, toMs: sorted[index + 1] ?? null }] : [],
      );
    });

  test('stops every time from its beginning to its end, and no other, whatever else is true', () => {
    fc.assert(
      fc.property(pauses, fc.nat(), fc.boolean(), (given, choice, isOverlapping) => {
        // The edges themselves, and the milliseconds beside them.
        const edges = given.flatMap(({ fromMs, toMs }) => (toMs === null ? [fromMs] : [fromMs, toMs]));
        const times = [NOW_MS, ...edges].flatMap((ms) => [ms - 1, ms, ms + 1]);
        const plannedMs = times[choice % times.length] ?? NOW_MS;
        // Walks through the changes instead of comparing with intervals.
        let isPaused = false;
        for (const { fromMs, toMs } of given) {
          if (fromMs <= plannedMs) isPaused = true;
          if (toMs !== null && toMs <= plannedMs) isPaused = false;
        }
        const isPausedNow = given.at(-1)?.toMs === null;
        const decision = decidePlannedTime({ ...inTime, plannedMs, pauses: given, isOverlapping });
        if (isPaused || isPausedNow) expect(decision).toEqual(PAUSED);
        else expect(decision).not.toEqual(PAUSED);
      }),
    );
  });
});

describe('a run before that has not ended', () => {
  const isOverlapping = true;

  test.each([
    ['skip', { type: 'none', state: 'overlapped', reason: 'the run before had not ended' }],
    ['queue', { type: 'wait' }],
    ['cancel', { type: 'start' }],
  ] as const)('with the policy %s', (overlap, decision) => {
    expect(decidePlannedTime({ ...inTime, overlap, isOverlapping })).toEqual(decision);
  });

  test('is never the reason under the policy cancel: nothing ran because the platform was down', () => {
    const late = { ...inTime, plannedMs: NOW_MS - 11 * MINUTE_MS };
    expect(decidePlannedTime({ ...late, overlap: 'cancel', isOverlapping })).toEqual({
      type: 'none',
      state: 'missed',
      reason: 'the platform was not running at that time',
    });
  });
});

test('of several late times under the policy cancel the last one runs', () => {
  const decisions = [false, true].map((isLast) =>
    decidePlannedTime({ ...inTime, overlap: 'cancel', isLast }),
  );
  expect(decisions).toEqual([
    { type: 'none', state: 'missed', reason: 'the next run took its place' },
    { type: 'start' },
  ]);
});

test('a run begins until its catch-up window is over, and not later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 * MINUTE_MS }), (lateMs) => {
      const { type } = decidePlannedTime({ ...inTime, plannedMs: NOW_MS - lateMs });
      expect(type).toBe(lateMs < inTime.catchupMs ? 'start' : 'none');
    }),
  );
});

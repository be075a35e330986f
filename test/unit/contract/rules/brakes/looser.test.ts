import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BrakesFacts,
  type BrakesRule,
  decideDeparture,
} from '../../../../../contract/rules/brakes/decide.ts';
import { looserPart } from '../../../../../contract/rules/brakes/looser.ts';
import { DAYS, type Day, type TimeWindow, windowsAt } from '../../../../../contract/rules/brakes/windows.ts';

const NIGHTS: TimeWindow = { days: ['mon', 'tue'], from: '22:00', to: '05:00', timezone: 'Europe/Berlin' };
const TUESDAYS: TimeWindow = { days: ['tue'], from: '23:00', to: '24:00', timezone: 'europe/berlin' };

describe('brakes that let more go are looser', () => {
  test.each<[string, BrakesRule, BrakesRule, string]>([
    ['none', {}, { perminute: 5 }, 'perminute'],
    ['a higher rate', { perminute: 6 }, { perminute: 5 }, 'perminute'],
    ['no canary', {}, { canary: { agents: 5 } }, 'canary'],
    ['a larger canary', { canary: { agents: 6 } }, { canary: { agents: 5 } }, 'canary'],
    ['a smaller canary, which proves less', { canary: { agents: 4 } }, { canary: { agents: 5 } }, 'canary'],
    ['a percentage for a number', { canary: { percent: 5 } }, { canary: { agents: 5 } }, 'canary'],
    [
      'a canary that is waited for until a time',
      { canary: { agents: 5, waitseconds: 9 } },
      { canary: { agents: 5 } },
      'canary',
    ],
    [
      'a canary that is waited for less',
      { canary: { agents: 5, waitseconds: 9 } },
      { canary: { agents: 5, waitseconds: 10 } },
      'canary',
    ],
    ['no window', {}, { windows: [NIGHTS] }, 'windows'],
    ['a window more', { windows: [NIGHTS, { ...NIGHTS, days: ['sat'] }] }, { windows: [NIGHTS] }, 'windows'],
    ['a longer window', { windows: [{ ...NIGHTS, to: '05:01' }] }, { windows: [NIGHTS] }, 'windows'],
    ['another time zone', { windows: [{ ...NIGHTS, timezone: 'UTC' }] }, { windows: [NIGHTS] }, 'windows'],
    ['no limit', {}, { stopat: { matchedpercent: 5 } }, 'stopat'],
    ['a higher limit', { stopat: { failedpercent: 6 } }, { stopat: { failedpercent: 5 } }, 'stopat'],
    [
      'another limit',
      { stopat: { matchedpercent: 5 } },
      { stopat: { failedpercent: 5, matchedpercent: 5 } },
      'stopat',
    ],
    [
      'a limit that needs more answers',
      { stopat: { failedpercent: 5 } },
      { stopat: { failedpercent: 5, minimumanswers: 9 } },
      'stopat',
    ],
    [
      'a limit of failures for a canary that one failure stops',
      { canary: { agents: 5 }, stopat: { failedpercent: 50 } },
      { canary: { agents: 5 } },
      'stopat',
    ],
  ])('%s', (_, brakes, than, part) => {
    expect(looserPart(brakes, than)).toBe(part);
  });
});

describe('brakes that let no more go are not', () => {
  test.each<[string, BrakesRule, BrakesRule]>([
    ['the same', { perminute: 5, windows: [NIGHTS] }, { perminute: 5, windows: [NIGHTS] }],
    ['any in place of none', { canary: { agents: 5 }, stopat: { failedpercent: 50 } }, {}],
    ['a lower rate', { perminute: 4 }, { perminute: 5 }],
    [
      'a canary that is waited for longer',
      { canary: { agents: 5 } },
      { canary: { agents: 5, waitseconds: 9 } },
    ],
    ['a part of a window', { windows: [TUESDAYS] }, { windows: [NIGHTS] }],
    [
      'a part of windows that meet',
      { windows: [{ ...TUESDAYS, from: '22:30', to: '01:00' }] },
      { windows: [TUESDAYS, NIGHTS] },
    ],
    [
      'a lower limit, and one more',
      { stopat: { failedpercent: 4, matchedpercent: 100 } },
      { stopat: { failedpercent: 5 } },
    ],
  ])('%s', (_, brakes, than) => {
    expect(looserPart(brakes, than)).toBeUndefined();
  });
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const few = fc.integer({ min: 1, max: 4 });
/** Few different values, so that brakes are often comparable. */
const anyWindow: fc.Arbitrary<TimeWindow> = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...(DAYS as readonly Day[])), { minLength: 1, maxLength: 7 }),
  from: fc.constantFrom('00:00', '02:30', '22:00'),
  to: fc.constantFrom('02:00', '03:00', '24:00'),
  timezone: fc.constantFrom('Europe/Berlin', 'europe/berlin', 'UTC'),
});
const anyBrakes: fc.Arbitrary<BrakesRule> = fc.record({
  canary: maybe(fc.oneof(fc.record({ agents: few, waitseconds: maybe(few) }), fc.record({ percent: few }))),
  perminute: maybe(fc.integer({ min: 1, max: 60 })),
  windows: maybe(fc.array(anyWindow, { minLength: 1, maxLength: 3 })),
  stopat: maybe(
    fc.record({
      failedpercent: maybe(fc.integer({ min: 1, max: 100 })),
      matchedpercent: maybe(few),
      minimumanswers: maybe(few),
    }),
  ),
});
/** Some brakes, and others that differ from them in a few parts. */
const somePair = fc
  .tuple(anyBrakes, anyBrakes, fc.subarray(['canary', 'perminute', 'windows', 'stopat'] as const))
  .map(([brakes, others, parts]) => {
    const changed = Object.fromEntries(parts.map((part) => [part, others[part]]));
    return [brakes, { ...brakes, ...changed }] as const;
  });
/** Around the changes of the clock in Berlin. */
const anyTime = fc
  .tuple(fc.constantFrom('2026-03-29', '2026-10-25', '2026-11-30'), fc.integer({ min: -5000, max: 5000 }))
  .map(([day, minutes]) => Date.parse(day) + minutes * 60_000);
const count = fc.nat(8);
const anyFacts: fc.Arbitrary<BrakesFacts> = anyTime.chain((nowMs) =>
  fc.record({
    nowMs: fc.constant(nowMs),
    isPaused: fc.constant(false),
    targeted: fc.integer({ min: 1, max: 100 }),
    hasReady: fc.boolean(),
    answers: fc.record({ answered: count, failed: count, matched: count }),
    canary: fc.record({
      isPassed: fc.boolean(),
      left: count,
      lastLeftAtMs: fc.integer({ min: nowMs - 6000, max: nowMs }),
      waiting: count,
      answered: count,
      failed: count,
    }),
    nextAtMs: fc.constantFrom(null, nowMs, nowMs + 1),
  }),
);

test('brakes that are not looser never let a command go that the others would have held back', () => {
  fc.assert(
    fc.property(somePair, anyFacts, ([one, other], facts) => {
      for (const [brakes, than] of [
        [one, other],
        [other, one],
      ] as const) {
        if (looserPart(brakes, than) !== undefined) continue;
        const [now, before] = [decideDeparture(brakes, facts), decideDeparture(than, facts)];
        if (now.type !== 'go') continue;
        expect(before.type).toBe('go');
        if (before.type === 'go') expect(now.most).toBeLessThanOrEqual(before.most);
      }
    }),
    { numRuns: 1_500 },
  );
});

test('windows that are not looser are open only when the others are, around any change of the clock', () => {
  const someWindows = fc.array(anyWindow, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(someWindows, someWindows, anyTime, (windows, others, nowMs) => {
      if (looserPart({ windows }, { windows: others }) !== undefined) return;
      if (windowsAt(windows, nowMs).isOpen) expect(windowsAt(others, nowMs).isOpen).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('brakes are as tight as themselves and tighter than none, and what was tightened twice is tighter', () => {
  fc.assert(
    fc.property(somePair, anyBrakes, ([one, two], three) => {
      expect(looserPart(one, one)).toBeUndefined();
      expect(looserPart(one, {})).toBeUndefined();
      const isTighter = (brakes: BrakesRule, than: BrakesRule) => looserPart(brakes, than) === undefined;
      if (isTighter(one, two) && isTighter(two, three)) expect(isTighter(one, three)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

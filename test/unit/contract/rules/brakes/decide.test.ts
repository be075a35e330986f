import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BrakesFacts,
  type BrakesRule,
  canarySize,
  decideDeparture,
  MINIMUM_ANSWERS,
  whyStopped,
} from '../../../../../contract/rules/brakes/decide.ts';
import { MAX_BATCH } from '../../../../../contract/rules/brakes/pace.ts';

/** A Monday. */
const NOW = Date.parse('2026-11-30T12:00:00Z');
const NO_ANSWERS = { answered: 0, failed: 0, matched: 0 };
const FACTS: BrakesFacts = {
  nowMs: NOW,
  isPaused: false,
  targeted: 100,
  hasReady: true,
  answers: NO_ANSWERS,
  canary: { isPassed: false, left: 0, lastLeftAtMs: null, waiting: 0, answered: 0, failed: 0 },
  nextAtMs: null,
};
const decide = (brakes: BrakesRule, facts: Partial<BrakesFacts> = {}) =>
  decideDeparture(brakes, { ...FACTS, ...facts });
const canaryWith = (facts: Partial<BrakesFacts['canary']>) => ({
  canary: { ...FACTS.canary, left: 5, lastLeftAtMs: NOW, ...facts },
});

test('without brakes a page leaves at once', () => {
  expect(decide({})).toMatchObject({ type: 'go', most: MAX_BATCH, isCanary: false, closesAtMs: null });
});

test('nothing leaves while the action is paused, whatever the brakes', () => {
  expect(decide({ stopat: { failedpercent: 1 } }, { isPaused: true })).toMatchObject({
    type: 'wait',
    on: 'resume',
    untilMs: null,
  });
});

describe('the canary', () => {
  const brakes: BrakesRule = { canary: { agents: 5 } };

  test('leaves first, and only so many', () => {
    expect(decide(brakes)).toMatchObject({ type: 'go', most: 5, isCanary: true });
    expect(decide(brakes, canaryWith({ left: 3, waiting: 3 }))).toMatchObject({ most: 2, isCanary: true });
  });

  test('holds the others until the last of it has answered', () => {
    const decision = decide(brakes, canaryWith({ waiting: 1, answered: 4 }));
    expect(decision).toMatchObject({ type: 'wait', on: 'canary', untilMs: null });
    expect(decision.type === 'wait' && decision.reason).toBe('waits for the canary: 4 of 5 have answered');
  });

  test('that few agents could be asked of is waited for, until its time is over', () => {
    const few = { ...canaryWith({ left: 1, answered: 1 }), hasReady: false };
    expect(decide(brakes, few)).toMatchObject({
      type: 'wait',
      on: 'canary',
      reason: 'waits for the canary: 1 of 5 have answered',
    });
    const timed: BrakesRule = { canary: { agents: 5, waitseconds: 60 } };
    expect(decide(timed, few)).toMatchObject({ type: 'wait', on: 'canary', untilMs: NOW + 60_000 });
    expect(decide(timed, { ...few, hasReady: true, nowMs: NOW + 60_000 })).toMatchObject({ isCanary: true });
    expect(decide(timed, { ...few, nowMs: NOW + 60_000 })).toMatchObject({
      type: 'wait',
      passesCanary: true,
    });
  });

  test('lets the others go when all of it is good', () => {
    expect(decide(brakes, canaryWith({ answered: 5 }))).toMatchObject({ type: 'go', passesCanary: true });
  });

  test('stops the action at one failure when nobody said how many may fail', () => {
    expect(decide(brakes, canaryWith({ answered: 5, failed: 1 }))).toEqual({
      type: 'hold',
      reason: '1 of 5 answers of the canary failed',
    });
  });

  test('is judged by all of its answers, however few', () => {
    const limited = { ...brakes, stopat: { failedpercent: 40, minimumanswers: 1000 } };
    expect(decide(limited, canaryWith({ answered: 5, failed: 1 }))).toMatchObject({ type: 'go' });
    expect(decide(limited, canaryWith({ answered: 5, failed: 2 }))).toMatchObject({ type: 'hold' });
  });

  test('is judged by those who answered when its time is over', () => {
    const timed: BrakesRule = { canary: { agents: 5, waitseconds: 60 } };
    const waiting = canaryWith({ waiting: 2, answered: 3 });
    expect(decide(timed, waiting)).toMatchObject({ type: 'wait', untilMs: NOW + 60_000 });
    expect(decide(timed, { ...waiting, nowMs: NOW + 60_000 })).toMatchObject({ passesCanary: true });
  });

  test('of which nobody answered in time stops the action', () => {
    const timed: BrakesRule = { canary: { agents: 5, waitseconds: 60 } };
    expect(decide(timed, { ...canaryWith({ waiting: 5 }), nowMs: NOW + 60_000 })).toEqual({
      type: 'hold',
      reason: 'none of the 5 agents of the canary has answered',
    });
  });

  test('waits for agents when none of it could leave', () => {
    expect(decide(brakes, { hasReady: false })).toMatchObject({ type: 'wait', on: 'agents' });
  });

  test('has at least one agent and never more than there are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.oneof(
          fc.record({ agents: fc.integer({ min: 1, max: 100_000 }) }),
          fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
        ),
        (targeted, canary) => {
          const size = canarySize(canary, targeted);
          expect(size).toBeGreaterThanOrEqual(1);
          expect(size).toBeLessThanOrEqual(targeted);
          if ('percent' in canary) expect(size * 100).toBeGreaterThanOrEqual(canary.percent * targeted);
        },
      ),
    );
    expect(canarySize({ percent: 5 }, 100)).toBe(5);
    expect(canarySize({ agents: 50 }, 10)).toBe(10);
  });
});

describe('the limits', () => {
  test('are reached at their very percent of enough answers, and never before', () => {
    const limit = { stopat: { failedpercent: 10, minimumanswers: 20 } };
    expect(whyStopped(limit, { answered: 19, failed: 19, matched: 0 })).toBeUndefined();
    expect(whyStopped(limit, { answered: 20, failed: 1, matched: 20 })).toBeUndefined();
    expect(whyStopped(limit, { answered: 20, failed: 2, matched: 0 })).toBe(
      '2 of 20 answers failed, and it stops at 10 %',
    );
  });

  test('of matches counts matches', () => {
    const limit = { stopat: { matchedpercent: 50 } };
    expect(whyStopped(limit, { answered: MINIMUM_ANSWERS, failed: 0, matched: 4 })).toBeUndefined();
    expect(whyStopped(limit, { answered: MINIMUM_ANSWERS, failed: 0, matched: 5 })).toBe(
      `5 of ${MINIMUM_ANSWERS} answers match, and it stops at 50 %`,
    );
  });

  test('stop exactly when the share reaches the percent, for any numbers', () => {
    const answers = fc
      .integer({ min: 0, max: 100_000 })
      .chain((answered) =>
        fc.record({ answered: fc.constant(answered), failed: fc.nat(answered), matched: fc.nat(answered) }),
      );
    const percent = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
    fc.assert(
      fc.property(
        answers,
        fc.record({
          failedpercent: percent,
          matchedpercent: percent,
          minimumanswers: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
        }),
        (given, stopat) => {
          const isEnough = given.answered >= (stopat.minimumanswers ?? 10) && given.answered > 0;
          const share = (part: number) => (part / given.answered) * 100;
          const isOver = (part: number, limit: number | undefined) =>
            limit !== undefined && share(part) >= limit - 1e-9;
          const expected =
            isEnough &&
            (isOver(given.failed, stopat.failedpercent) || isOver(given.matched, stopat.matchedpercent));
          expect(whyStopped({ stopat }, given) !== undefined).toBe(expected);
        },
      ),
    );
  });

  test('stop an action before anything else may leave', () => {
    const brakes: BrakesRule = { canary: { agents: 5 }, stopat: { failedpercent: 10 }, perminute: 100 };
    expect(decide(brakes, { answers: { answered: 10, failed: 1, matched: 0 } })).toMatchObject({
      type: 'hold',
    });
  });
});

describe('a window', () => {
  const brakes: BrakesRule = {
    windows: [{ days: ['mon'], from: '22:00', to: '23:00', timezone: 'Europe/Berlin' }],
  };

  test('that is closed keeps everything until it opens', () => {
    expect(decide(brakes)).toMatchObject({
      type: 'wait',
      on: 'window',
      reason: 'waits for the window that opens Mon 2026-11-30 22:00 Europe/Berlin',
      untilMs: Date.parse('2026-11-30T21:00:00Z'),
    });
  });

  test('that is open says until when commands may leave', () => {
    expect(decide(brakes, { nowMs: Date.parse('2026-11-30T21:00:00Z') })).toMatchObject({
      type: 'go',
      closesAtMs: Date.parse('2026-11-30T22:00:00Z'),
    });
  });

  test('counts for the canary, too', () => {
    expect(decide({ ...brakes, canary: { agents: 5 } })).toMatchObject({ type: 'wait', on: 'window' });
  });
});

describe('a rate', () => {
  const brakes: BrakesRule = { perminute: 100 };

  test('lets one batch go, and the next at its time', () => {
    expect(decide(brakes)).toMatchObject({ type: 'go', most: 10 });
    expect(decide(brakes, { nextAtMs: NOW + 1 })).toMatchObject({
      type: 'wait',
      on: 'rate',
      untilMs: NOW + 1,
    });
    expect(decide(brakes, { nextAtMs: NOW })).toMatchObject({ type: 'go', most: 10 });
  });

  test('counts for the canary, too', () => {
    expect(decide({ ...brakes, canary: { agents: 50 } })).toMatchObject({ most: 10, isCanary: true });
  });
});

test('whatever the brakes, a canary never lets more go than it is large, and nothing leaves when none is ready', () => {
  const anyCanary = fc.record({
    isPassed: fc.boolean(),
    left: fc.nat(20),
    lastLeftAtMs: fc.constant(NOW),
    waiting: fc.nat(20),
    answered: fc.nat(20),
    failed: fc.nat(20),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
      anyCanary,
      fc.boolean(),
      (agents, perminute, canary, hasReady) => {
        const decision = decide({ canary: { agents }, perminute }, { canary, hasReady });
        if (decision.type !== 'go') return;
        expect(hasReady).toBe(true);
        if (decision.isCanary) expect(canary.left + decision.most).toBeLessThanOrEqual(agents);
        else expect(canary.isPassed || (canary.waiting === 0 && canary.failed === 0)).toBe(true);
      },
    ),
  );
});

import { expect, test } from 'vitest';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

test('a run is over at its end, and knows how long it took', () => {
  let nowMs = 1000;
  const clock = createRunClock(3500, () => nowMs);
  nowMs = 3499;
  expect(clock.isOver()).toBe(false);
  nowMs = 3500;
  expect([clock.isOver(), clock.elapsedSeconds()]).toEqual([true, '2.5']);
});

test('a run pauses now and then, so that timers run', async () => {
  let nowMs = 0;
  const clock = createRunClock(Number.POSITIVE_INFINITY, () => nowMs);
  expect(clock.pause()).toBeUndefined();
  nowMs = 51;
  let hasRun = false;
  setImmediate(() => {
    hasRun = true;
  });
  await clock.pause();
  expect(hasRun).toBe(true);
  expect(clock.pause()).toBeUndefined();
});

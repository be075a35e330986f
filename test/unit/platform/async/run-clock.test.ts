import { expect, test } from 'vitest';
import { createRunClock, TimeIsOverError } from '../../../../platform/async/run-clock.ts';

test('a run is over at its end, and says how long it took and where it was', () => {
  let nowMs = 1000;
  const clock = createRunClock(3500, () => nowMs);
  nowMs = 3499;
  expect(clock.isOver()).toBe(false);
  clock.check('at /etc');
  nowMs = 3500;
  expect(clock.isOver()).toBe(true);
  const text = 'the search was ended after 2.5 s, before its time was over';
  expect(clock.ended()).toBe(text);
  expect(() => clock.check('at /etc')).toThrow(
    new TimeIsOverError(`${text}, at /etc: nothing after it was searched`),
  );
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

import { expect, test } from 'vitest';
import { createWakeUp } from '../../../../platform/async/wake-up.ts';

const LONG_MS = 60_000;

test('a waiter wakes when called', async () => {
  const wakeUp = createWakeUp();
  const waiting = wakeUp.wait(LONG_MS);
  wakeUp.wake();
  await waiting;
});

test('a call before the wait is not lost, and counts once', async () => {
  const wakeUp = createWakeUp();
  wakeUp.wake();
  wakeUp.wake();
  await wakeUp.wait(LONG_MS);
  let isAwake = false;
  const second = wakeUp.wait(LONG_MS).then(() => {
    isAwake = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAwake).toBe(false);
  wakeUp.wake();
  await second;
});

test('a wait ends after its timeout', async () => {
  await createWakeUp().wait(1);
});

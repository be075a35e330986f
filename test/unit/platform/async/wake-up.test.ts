import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createWakeUp } from '../../../../platform/async/wake-up.ts';

const LONG_MS = 60_000;

test('a call ends the wait', async () => {
  const wakeUp = createWakeUp();
  const waiting = wakeUp.wait(LONG_MS);
  wakeUp.wake();
  await waiting;
});

test('calls before a wait end that wait only', async () => {
  const wakeUp = createWakeUp();
  wakeUp.wake();
  wakeUp.wake();
  await wakeUp.wait(LONG_MS);
  let isAwake = false;
  const second = wakeUp.wait(LONG_MS).then(() => {
    isAwake = true;
  });
  await nextTurn();
  expect(isAwake).toBe(false);
  wakeUp.wake();
  await second;
});

test('a wait ends after its timeout', async () => {
  await createWakeUp().wait(1);
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBackground } from '../../../../platform/async/background.ts';
import { createDeferred } from '../../../../platform/async/deferred.ts';

function openBackground(limits: { max: number; maxWaiting: number }) {
  const seen = { dropped: 0, failures: [] as unknown[] };
  const background = createBackground({
    ...limits,
    onDropped: () => seen.dropped++,
    onFailed: (error) => seen.failures.push(error),
  });
  return { background, seen };
}

test('a few works run at the same time, others wait, and what is too much is dropped', async () => {
  const { background, seen } = openBackground({ max: 2, maxWaiting: 1 });
  const gates = Array.from({ length: 4 }, () => createDeferred<void>());
  const begun: number[] = [];
  for (const [index, gate] of gates.entries()) {
    background.run(async () => {
      begun.push(index);
      await gate.promise;
    });
  }
  await nextTurn();
  expect({ begun, dropped: seen.dropped }).toEqual({ begun: [0, 1], dropped: 1 });
  gates[0]?.resolve();
  await nextTurn();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await background[Symbol.asyncDispose]();
});

test('a work that fails is reported and gives its place to the next', async () => {
  const { background, seen } = openBackground({ max: 1, maxWaiting: 1 });
  const error = new Error('no');
  const ran = createDeferred<string>();
  background.run(() => Promise.reject(error));
  background.run(async () => ran.resolve('the next'));
  expect(await ran.promise).toBe('the next');
  expect(seen).toEqual({ dropped: 0, failures: [error] });
});

test('closing waits for what has begun, and drops what waits or comes later', async () => {
  const { background, seen } = openBackground({ max: 1, maxWaiting: 5 });
  const gate = createDeferred<void>();
  const ended: string[] = [];
  background.run(async () => {
    await gate.promise;
    ended.push('begun');
  });
  background.run(async () => void ended.push('waiting'));
  await nextTurn();
  const closed = background[Symbol.asyncDispose]().then(() => ended.push('closed'));
  background.run(async () => void ended.push('late'));
  await nextTurn();
  expect(ended).toEqual([]);
  gate.resolve();
  await closed;
  expect({ ended, dropped: seen.dropped }).toEqual({ ended: ['begun', 'closed'], dropped: 2 });
});

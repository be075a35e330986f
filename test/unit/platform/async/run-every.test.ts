import { expect, test, vi } from 'vitest';
import { createDeferred } from '../../../../platform/async/deferred.ts';
import { runEvery } from '../../../../platform/async/run-every.ts';

test('runs at once, and again until the work returns "done"', async () => {
  let runs = 0;
  await using _running = runEvery({ everyMs: 1, run: async () => (++runs === 3 ? 'done' : undefined) });
  expect(runs).toBe(1);
  await vi.waitFor(() => expect(runs).toBe(3));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(runs).toBe(3);
});

test('disposal interrupts the pause', async () => {
  let runs = 0;
  const running = runEvery({ everyMs: 60_000, run: async () => ++runs });
  await new Promise((resolve) => setImmediate(resolve));
  await running[Symbol.asyncDispose]();
  expect(runs).toBe(1);
});

test('disposal aborts the signal and waits for the current run', async () => {
  const work = createDeferred();
  let signal: AbortSignal | undefined;
  const running = runEvery({
    everyMs: 1,
    run: (given) => {
      signal = given;
      return work.promise;
    },
  });
  let isDisposed = false;
  const disposing = running[Symbol.asyncDispose]().then(() => {
    isDisposed = true;
  });
  expect(signal?.aborted).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isDisposed).toBe(false);
  work.resolve();
  await disposing;
});

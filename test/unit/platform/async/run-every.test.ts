import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createDeferred } from '../../../../platform/async/deferred.ts';
import { runEvery } from '../../../../platform/async/run-every.ts';

test('runs at once, and again until the work returns "done"', async () => {
  let runs = 0;
  await using _running = runEvery({ everyMs: 1, run: async () => (++runs === 3 ? 'done' : undefined) });
  expect(runs).toBe(1);
  await vi.waitFor(() => expect(runs).toBe(3));
  // Ten runs of another loop with the same pause: the first loop had time for more runs.
  let otherRuns = 0;
  await using _other = runEvery({ everyMs: 1, run: async () => ++otherRuns });
  await vi.waitFor(() => expect(otherRuns).toBeGreaterThan(10));
  expect(runs).toBe(3);
});

test('disposal interrupts the pause', async () => {
  let runs = 0;
  const running = runEvery({ everyMs: 60_000, run: async () => ++runs });
  await nextTurn();
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
  await nextTurn();
  expect(isDisposed).toBe(false);
  work.resolve();
  await disposing;
});

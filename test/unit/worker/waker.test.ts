import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeferred } from '../../../platform/async/deferred.ts';
import { createWaker } from '../../../worker/waker.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('wakes at once, then once per interval for the rest of a burst, each action on its own', () => {
  const woken: number[] = [];
  const waker = createWaker({ intervalMs: 500, wake: async (id) => void woken.push(id) });
  waker.wake(1);
  waker.wake(1);
  waker.wake(1);
  waker.wake(2);
  expect(woken).toEqual([1, 2]);
  vi.advanceTimersByTime(500);
  expect(woken).toEqual([1, 2, 1]);
  vi.advanceTimersByTime(5000);
  expect(woken).toEqual([1, 2, 1]);
  waker.wake(1);
  expect(woken).toEqual([1, 2, 1, 1]);
});

test('disposal waits for wakes in progress, and no later call wakes anything', async () => {
  const woken: number[] = [];
  const finish = createDeferred();
  const waker = createWaker({
    intervalMs: 500,
    async wake(id) {
      await finish.promise;
      woken.push(id);
    },
  });
  waker.wake(1);
  waker.wake(1);
  const closing = waker[Symbol.asyncDispose]();
  finish.resolve();
  await closing;
  expect(woken).toEqual([1]);
  waker.wake(2);
  vi.advanceTimersByTime(5000);
  expect(woken).toEqual([1]);
});

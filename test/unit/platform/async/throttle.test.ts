import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeferred } from '../../../../platform/async/deferred.ts';
import { createThrottle } from '../../../../platform/async/throttle.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first call of a burst runs at once, the last one at the end of the interval', () => {
  const runs: string[] = [];
  const throttle = createThrottle({ intervalMs: 500, run: async (key: string) => void runs.push(key) });
  throttle.call('a');
  throttle.call('a');
  throttle.call('a');
  expect(runs).toEqual(['a']);
  vi.advanceTimersByTime(500);
  expect(runs).toEqual(['a', 'a']);
});

test('a single call runs once', () => {
  const runs: string[] = [];
  const throttle = createThrottle({ intervalMs: 500, run: async (key: string) => void runs.push(key) });
  throttle.call('a');
  vi.advanceTimersByTime(5000);
  expect(runs).toEqual(['a']);
});

test('the run at the end of an interval starts another interval', () => {
  const runs: string[] = [];
  const throttle = createThrottle({ intervalMs: 500, run: async (key: string) => void runs.push(key) });
  throttle.call('a');
  throttle.call('a');
  vi.advanceTimersByTime(500);
  throttle.call('a');
  expect(runs).toEqual(['a', 'a']);
  vi.advanceTimersByTime(500);
  expect(runs).toEqual(['a', 'a', 'a']);
});

test('keys do not delay each other', () => {
  const runs: string[] = [];
  const throttle = createThrottle({ intervalMs: 500, run: async (key: string) => void runs.push(key) });
  throttle.call('a');
  throttle.call('b');
  expect(runs).toEqual(['a', 'b']);
});

test('disposal waits for the run in flight, and drops the calls that wait', async () => {
  const runs: string[] = [];
  const finished = createDeferred();
  const run = async (key: string) => {
    runs.push(key);
    await finished.promise;
    runs.push(`${key} finished`);
  };
  const throttle = createThrottle({ intervalMs: 500, run });
  throttle.call('a');
  throttle.call('a');
  const disposal = throttle[Symbol.asyncDispose]().then(() => runs.push('disposed'));
  finished.resolve();
  await disposal;
  throttle.call('b');
  vi.advanceTimersByTime(5000);
  expect(runs).toEqual(['a', 'a finished', 'disposed']);
});

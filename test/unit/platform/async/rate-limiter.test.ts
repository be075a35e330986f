import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRateLimiter, type RateLimiter } from '../../../../platform/async/rate-limiter.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Starts callers that ask repeatedly for up to `most` permits. Returns the permits granted to each. */
function ask(limiter: RateLimiter, { callers, most }: { callers: number; most: number }) {
  const granted: number[] = Array.from({ length: callers }, () => 0);
  const loop = async (caller: number): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) granted[caller] = (granted[caller] ?? 0) + (await limiter(most));
  };
  for (let caller = 0; caller < callers; caller++) void loop(caller);
  return () => granted;
}
const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

test('grants N permits a second, to the callers in turn', async () => {
  const granted = ask(
    createRateLimiter(() => 35),
    { callers: 5, most: 500 },
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(sum(granted())).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sum(granted())).toBe(350);
  expect(Math.min(...granted())).toBeGreaterThan(50);
});

test('grants at most what was asked, and the rest to the next caller', async () => {
  const granted = ask(
    createRateLimiter(() => 100),
    { callers: 20, most: 2 },
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(granted().filter((count) => count === 2)).toHaveLength(5);
});

test('grants everything while unlimited, also to waiting callers once the limit ends', async () => {
  let rate = Number.POSITIVE_INFINITY;
  const limiter = createRateLimiter(() => rate);
  expect(await limiter(500)).toBe(500);
  rate = 10;
  const counts: number[] = [];
  for (let n = 0; n < 3; n++) void limiter(500).then((count) => counts.push(count));
  await vi.advanceTimersByTimeAsync(100);
  expect(counts).toEqual([1]);
  rate = Number.POSITIVE_INFINITY;
  await vi.advanceTimersByTimeAsync(100);
  expect(counts).toEqual([1, 500, 500]);
});

test('grants no burst after a pause, and keeps no timer while nobody waits', async () => {
  const limiter = createRateLimiter(() => 55);
  for (let n = 0; n < 2; n++) {
    const count = limiter(500);
    await vi.advanceTimersByTimeAsync(100);
    expect(await count).toBeLessThanOrEqual(6);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  }
});

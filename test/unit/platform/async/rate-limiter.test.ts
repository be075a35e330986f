import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRateLimiter, type RateLimiter } from '../../../../platform/async/rate-limiter.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Callers that ask again and again, and what each was let go; so many in all at most. */
function ask(limiter: RateLimiter, { callers, most }: { callers: number; most: number }) {
  const gone: number[] = Array.from({ length: callers }, () => 0);
  const loop = async (caller: number): Promise<void> => {
    for (let turn = 0; turn < 1000; turn++) gone[caller] = (gone[caller] ?? 0) + (await limiter(most));
  };
  for (let caller = 0; caller < callers; caller++) void loop(caller);
  return () => gone;
}
const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);

test('lets so many go each second, and each caller in turn', async () => {
  const gone = ask(
    createRateLimiter(() => 35),
    { callers: 5, most: 500 },
  );
  await vi.advanceTimersByTimeAsync(0);
  expect(sum(gone())).toBe(0);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sum(gone())).toBe(350);
  expect(Math.min(...gone())).toBeGreaterThan(50);
});

test('gives nobody more than asked for, and what is left to the next', async () => {
  const gone = ask(
    createRateLimiter(() => 100),
    { callers: 20, most: 2 },
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(gone().filter((count) => count === 2)).toHaveLength(5);
});

test('holds nobody up without a limit, and lets everyone go when the limit ends', async () => {
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

test('is no burst after a time without callers, and leaves no timer behind', async () => {
  const limiter = createRateLimiter(() => 55);
  for (let n = 0; n < 2; n++) {
    const count = limiter(500);
    await vi.advanceTimersByTimeAsync(100);
    expect(await count).toBeLessThanOrEqual(6);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(vi.getTimerCount()).toBe(0);
  }
});

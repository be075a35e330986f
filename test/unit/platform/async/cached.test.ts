import { expect, test } from 'vitest';
import { cached } from '../../../../platform/async/cached.ts';

function countLoads({ firstFails = false } = {}) {
  const state = { now: 1000, loads: 0 };
  const read = cached({
    maxAgeMs: 250,
    now: () => state.now,
    async load() {
      state.loads++;
      if (firstFails && state.loads === 1) throw new Error('away');
      return state.loads;
    },
  });
  return { state, read };
}

test('callers within the maximum age share one load, and a later caller loads again', async () => {
  const { state, read } = countLoads();
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  state.now += 249;
  expect(await read()).toBe(1);
  state.now += 1;
  expect(await read()).toBe(2);
});

test('a clock that was set back does not keep a value for ever', async () => {
  const { state, read } = countLoads();
  await read();
  state.now -= 86_400_000;
  expect(await read()).toBe(2);
});

test('a failed load is not cached', async () => {
  const { read } = countLoads({ firstFails: true });
  await expect(read()).rejects.toThrow('away');
  expect(await read()).toBe(2);
});

import { expect, test } from 'vitest';
import { snapshotOf } from '../../../../platform/async/cached.ts';

function counting(fail = false) {
  const state = { now: 1000, loads: 0 };
  const read = snapshotOf(
    250,
    () => state.now,
    async () => {
      state.loads++;
      if (fail && state.loads === 1) throw new Error('away');
      return state.loads;
    },
  );
  return { state, read };
}

test('all who ask within its age get one load, the next one after it a fresh one', async () => {
  const { state, read } = counting();
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  state.now += 249;
  expect(await read()).toBe(1);
  state.now += 1;
  expect(await read()).toBe(2);
});

test('a clock that was set back does not keep it for ever', async () => {
  const { state, read } = counting();
  await read();
  state.now -= 86_400_000;
  expect(await read()).toBe(2);
});

test('a failed load is not kept', async () => {
  const { read } = counting(true);
  await expect(read()).rejects.toThrow('away');
  expect(await read()).toBe(2);
});

import { expect, test } from 'vitest';
import { createCountersReader } from '../../../../api/progress/counters.ts';
import { noCounters } from '../../../../contract/rules/accounting.ts';
import { createDeferred } from '../../../../platform/async/deferred.ts';

/** A reader whose n-th query counts n successes for each action. */
function createCounting() {
  const state = { now: 10_000, queries: 0 };
  const count = async (ids: number[]) => {
    state.queries++;
    return new Map(ids.map((id) => [id, { ...noCounters(), success: state.queries }]));
  };
  return { state, read: createCountersReader(count, () => state.now) };
}
const inflight = { id: 1, status: 'inflight' };
const success = async (counted: Promise<Map<number, { success: number }>>, id = 1) =>
  (await counted).get(id)?.success;

test('concurrent readers share one query, and old counts are read again', async () => {
  const { state, read } = createCounting();
  await Promise.all([read([inflight]), read([inflight]), read([inflight])]);
  expect(state.queries).toBe(1);
  state.now += 250;
  expect(await success(read([inflight]))).toBe(2);
});

test('an action that has become final is counted again at once', async () => {
  const { read } = createCounting();
  await read([inflight]);
  expect(await success(read([{ ...inflight, status: 'completed' }]))).toBe(2);
});

test('all unknown actions are counted by one query, known ones by none', async () => {
  const { state, read } = createCounting();
  await read([inflight]);
  const counted = read([inflight, { id: 2, status: 'inflight' }, { id: 3, status: 'inflight' }]);
  expect([await success(counted), await success(counted, 2), await success(counted, 3)]).toEqual([1, 2, 2]);
  expect(state.queries).toBe(2);
});

test('counts still arrive when they expire while loading and another call removes them', async () => {
  const clock = { now: 10_000 };
  const answer = createDeferred();
  const read = createCountersReader(
    async (ids) => {
      await answer.promise;
      return new Map(ids.map((id) => [id, { ...noCounters(), success: id }]));
    },
    () => clock.now,
  );
  const many = Array.from({ length: 1001 }, (_, i) => ({ id: i + 1, status: 'inflight' }));
  const first = read(many);
  clock.now += 250;
  const second = read([{ id: 5000, status: 'inflight' }]);
  answer.resolve();
  expect((await first).size).toBe(1001);
  expect(await success(second, 5000)).toBe(5000);
});

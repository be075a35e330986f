import { expect, test } from 'vitest';
import { createRecentCounts } from '../../../../api/sweeps/recent-counts.ts';

function openCounts() {
  const counted: number[] = [];
  const clock = { nowMs: 0 };
  const recentCounts = createRecentCounts(
    async (sweepId) => {
      counted.push(sweepId);
      return { bycheck: { [`check ${sweepId}`]: { pass: counted.length } }, runs: [] };
    },
    () => clock.nowMs,
  );
  return { counted, clock, recentCounts };
}

test('all who ask about a sweep at the same moment share one count', async () => {
  const { counted, recentCounts } = openCounts();
  const answers = await Promise.all([recentCounts(1), recentCounts(2), recentCounts(1)]);
  expect(counted).toEqual([1, 2]);
  expect(answers.map(({ bycheck }) => Object.keys(bycheck))).toEqual([['check 1'], ['check 2'], ['check 1']]);
});

test('a count is reused for a quarter of a second', async () => {
  const { counted, clock, recentCounts } = openCounts();
  await recentCounts(1);
  clock.nowMs = 249;
  await recentCounts(1);
  expect(counted).toEqual([1]);
  clock.nowMs = 250;
  expect((await recentCounts(1)).bycheck).toEqual({ 'check 1': { pass: 2 } });
});

test('of many sweeps those asked about last are remembered', async () => {
  const { counted, recentCounts } = openCounts();
  for (let sweepId = 0; sweepId <= 100; sweepId++) await recentCounts(sweepId);
  await recentCounts(1);
  await recentCounts(0);
  expect(counted.slice(101)).toEqual([0]);
});

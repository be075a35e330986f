import { expect, test } from 'vitest';
import { planFaults } from '../../faults/plan.ts';

test('the same seed plans the same faults in the same order', () => {
  expect(planFaults(7)).toEqual(planFaults(7));
  expect(planFaults(8)).not.toEqual(planFaults(7));
});

test('20 seeds together plan every fault', () => {
  const planned = new Set(
    Array.from({ length: 20 }, (_, i) => planFaults(i + 1).faults.map(({ name }) => name)).flat(),
  );
  expect(planned.size).toBe(12);
});

test('a run has no fault twice, and its faults are in order of time', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const { faults } = planFaults(seed);
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
    expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
  }
});

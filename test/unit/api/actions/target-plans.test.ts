import { expect, test } from 'vitest';
import { createTargetPlans } from '../../../../api/actions/target-plans.ts';

/** A database that plans every target but `bad`, with a clock. */
function createPlanning() {
  const planned: unknown[] = [];
  const clock = { nowMs: 1_000_000 };
  const query = async (_text: string, [target]: unknown[]) => {
    planned.push(target);
    if (target === 'bad') throw new Error('column "bad" does not exist');
    return { rows: [] };
  };
  const plans = createTargetPlans({ query } as never, () => clock.nowMs);
  return { plans, planned, clock };
}

test('a plan is reused for a minute, and never after the clock was set back', async () => {
  const { plans, planned, clock } = createPlanning();
  await plans.check('a');
  await plans.check('a');
  expect(planned).toEqual(['a']);
  clock.nowMs += 60_000;
  await plans.check('a');
  expect(planned).toEqual(['a', 'a']);
  clock.nowMs -= 3_600_000;
  await plans.check('a');
  expect(planned).toEqual(['a', 'a', 'a']);
});

test('a refused target is planned every time', async () => {
  const { plans, planned } = createPlanning();
  for (let i = 0; i < 3; i++) await expect(plans.check('bad')).rejects.toThrow('does not exist');
  expect(planned).toEqual(['bad', 'bad', 'bad']);
});

test('only the plans of the latest 500 targets are remembered', async () => {
  const { plans, planned } = createPlanning();
  for (let i = 0; i < 501; i++) await plans.check(`t${i}`);
  planned.length = 0;
  await plans.check('t500');
  await plans.check('t1');
  expect(planned).toEqual([]);
  await plans.check('t0');
  expect(planned).toEqual(['t0']);
});

import { expect, test } from 'vitest';
import { createListEntries } from '../../../../../modules/file/filesystem/list-entries.ts';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { mayContinue } from '../../../../../modules/file/plan/limits.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';
import { createTally } from '../../../../../modules/file/tally.ts';

test('a search without a limit of its own ends at the limit of the run, and records the reason', () => {
  const searches = { s: { paths: ['/'], names: ['.'], options: { matchlimit: 0, matchall: true } } };
  const [plan] = createPlans(Parameters.parse({ searches }), { nowMs: 0, listEntries: createListEntries() });
  if (!plan) return expect.fail('no plan');
  const tally = createTally(3);
  for (const hits of [0, 1, 2]) {
    tally.totalHits = hits;
    expect(mayContinue(plan, tally)).toBe(true);
  }
  tally.totalHits = 3;
  expect(mayContinue(plan, tally)).toBe(false);
  expect([...plan.limitsReached]).toEqual(['memory']);
});

import { expect, test } from 'vitest';
import { Parameters } from '../../../../modules/file/parameters/schema.ts';
import { makePlans } from '../../../../modules/file/plan/plan.ts';
import { createTally } from '../../../../modules/file/tally.ts';
import { cleanPath, isBelowLimit } from '../../../../modules/file/walk/walk.ts';

test('a search without a limit ends where a run holds no more matches, and that is remembered', () => {
  const searches = { s: { paths: ['/'], names: ['.'], options: { matchlimit: 0, matchall: true } } };
  const [plan] = makePlans(Parameters.parse({ searches }), cleanPath, 0);
  if (!plan) return expect.fail('no plan');
  const tally = createTally(3);
  for (const hits of [0, 1, 2]) {
    tally.totalHits = hits;
    expect(isBelowLimit(plan, tally)).toBe(true);
  }
  tally.totalHits = 3;
  expect(isBelowLimit(plan, tally)).toBe(false);
  expect([...plan.cuts]).toEqual(['memory']);
});

import { expect, test } from 'vitest';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { mayContinue } from '../../../../../modules/file/plan/limits.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';
import { createTally } from '../../../../../modules/file/tally.ts';
import { createListEntries } from '../../../../../platform/machine/directory/list-entries.ts';
import { createPatternCompiler } from '../../../../../platform/re2/pattern-compiler.ts';

const compile = createPatternCompiler();

test('a search without a limit of its own ends at the limit of the run, and records the reason', () => {
  const searches = { s: { paths: ['/'], names: ['.'], options: { matchlimit: 0, matchall: true } } };
  const tally = createTally(3);
  const deps = { nowMs: 0, startedMs: 0, listEntries: createListEntries(), tally, compile };
  const [plan] = createPlans(Parameters.parse({ searches }), deps);
  if (!plan) return expect.fail('no plan');
  for (const hits of [0, 1, 2]) {
    tally.keptHits = hits;
    expect(mayContinue(plan, tally, '/a')).toBe(true);
  }
  tally.keptHits = 3;
  expect(mayContinue(plan, tally, '/b')).toBe(false);
  expect([...plan.limitsReached]).toEqual(['memory']);
});

test('a search with a time of its own ends at its time, and records where it was', () => {
  const searches = { s: { paths: ['/'], names: ['.'], options: { matchall: true, maxtime: '1s' } } };
  const deps = { nowMs: 0, listEntries: createListEntries(), tally: createTally(), compile };
  const plansAt = (startedMs: number) => createPlans(Parameters.parse({ searches }), { ...deps, startedMs });
  const [running] = plansAt(performance.now() + 60_000);
  const [over] = plansAt(performance.now() - 1_000);
  if (!running || !over) return expect.fail('no plan');
  expect(mayContinue(running, deps.tally, '/a')).toBe(true);
  expect(mayContinue(over, deps.tally, '/a')).toBe(false);
  expect(mayContinue(over, deps.tally, '/b')).toBe(false);
  expect({ limits: [...over.limitsReached], at: over.stoppedAt }).toEqual({ limits: ['maxtime'], at: '/a' });
});

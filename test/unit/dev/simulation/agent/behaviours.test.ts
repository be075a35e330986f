import { expect, test } from 'vitest';
import { assignBehaviours } from '../../../../../dev/simulation/agent/behaviours.ts';

test('each behaviour gets its share of the agents, evenly spread and repeatable', () => {
  const mix = { slow: 0.1, offline: 0.02, lying: 0.02 };
  const given = assignBehaviours(1000, mix);
  const count = (behaviour: string) => given.filter((one) => one === behaviour).length;
  // Two behaviours due for the same agent: one waits for a later agent, or for none.
  expect([count('slow'), count('offline'), count('lying'), count('instant')]).toEqual([100, 19, 19, 862]);
  expect(given.slice(0, 500).filter((one) => one === 'slow')).toHaveLength(50);
  expect(assignBehaviours(1000, mix)).toEqual(given);
});

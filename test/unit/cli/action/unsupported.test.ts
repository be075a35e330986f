import { expect, test } from 'vitest';
import { createUnsupported } from '../../../../cli/action/unsupported.ts';
import { UNSUPPORTED } from '../../../../contract/rules/agent-needs.ts';

const problems = (agent: string, ...errors: string[]) => [
  { agent, status: 'failed', hasFailed: true, errors, limits: [] },
];

test('agents that were not asked are counted by what they lack, and ten of each are named', () => {
  const unsupported = createUnsupported();
  for (let n = 0; n < 12; n++) {
    expect(unsupported.take(problems(`a${n}`, `${UNSUPPORTED}the module yara`))).toBe(true);
  }
  expect(unsupported.take(problems('b', `${UNSUPPORTED}the module pkg`))).toBe(true);
  expect(unsupported.take(problems('c', 'interrupted'))).toBe(false);
  expect(unsupported.take([])).toBe(false);
  expect(unsupported.lines()).toEqual([
    '12 agents cannot answer: they have not announced the module yara: a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, 2 more',
    '1 agent cannot answer: they have not announced the module pkg: b',
  ]);
});

import { expect, test } from 'vitest';
import { countOf } from '../../../../contract/text/count-of.ts';

test('only one of a kind is named in the singular', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'agent'))).toEqual(['0 agents', '1 agent', '2 agents']);
  expect([1, 2].map((count) => countOf(count, 'match', 'matches'))).toEqual(['1 match', '2 matches']);
});

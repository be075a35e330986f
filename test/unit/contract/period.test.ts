import { expect, test } from 'vitest';
import { passesAge, toAgeBound } from '../../../contract/period.ts';

const NOW = Date.UTC(2027, 0, 1);

test.each([
  ['<2h', 119, true],
  ['<2h', 121, false],
  ['>2h', 121, true],
  ['>2h', 119, false],
  ['<1d', -5, true],
])('%s of %i minutes ago: %s', (text, minutesAgo, expected) => {
  const bound = toAgeBound(text);
  if (!bound) throw new Error(text);
  expect(passesAge(bound, NOW - minutesAgo * 60_000, NOW)).toBe(expected);
});

test.each(['', '2h', '<', '<h', '<2s', '=2h', '<2h ', '<999999999d'])('%j is no bound', (text) => {
  expect(toAgeBound(text)).toBeUndefined();
});

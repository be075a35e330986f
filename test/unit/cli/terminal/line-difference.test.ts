import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDifference } from '../../../../cli/terminal/line-difference.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '  d'), { maxLength: 12 });
const side = (difference: readonly string[], sign: string) =>
  difference.filter((line) => line.startsWith('  ') || line.startsWith(sign)).map((line) => line.slice(2));

test('a difference contains both texts, in order', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const difference = lineDifference(before, after);
      expect(side(difference, '- ')).toEqual(before);
      expect(side(difference, '+ ')).toEqual(after);
    }),
  );
});

test('a difference has no more lines than it needs', () => {
  expect(lineDifference(['a', 'b', 'c'], ['a', 'x', 'c'])).toEqual(['  a', '- b', '+ x', '  c']);
  expect(lineDifference(['a', 'b'], ['a', 'b'])).toEqual(['  a', '  b']);
  expect(lineDifference(['a', 'b', 'c', 'd'], ['b', 'x', 'd'])).toEqual(['- a', '  b', '- c', '+ x', '  d']);
});

test('texts that are long and alike nowhere are shown whole', () => {
  const [before, after] = ['a', 'b'].map((letter) => Array.from({ length: 5000 }, (_, n) => `${letter}${n}`));
  const difference = lineDifference(before ?? [], after ?? []);
  expect(difference.length).toBe(10_000);
});

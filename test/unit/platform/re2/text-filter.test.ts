import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../../../contract/go/utf8.ts';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

const piece = fc.constantFrom(
  'k',
  's',
  'ab',
  'K',
  '(x{2})',
  '[ab]',
  '[^a]',
  '(ab|sk)',
  '\\.',
  '.',
  '\\s',
  'é',
  '\n',
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}');
const source = fc
  .array(
    fc.tuple(piece, quantifier).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''));
const text = fc
  .array(
    fc.constantFrom('k', 'K', 's', 'S', '\u017f', '\u212a', 'a', 'B', 'b', 'x', 'X', '.', '\n', 'é', 'É'),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));

test.each(['', '(?i)'])('the filter of a pattern (flags %j) never excludes a text that matches', (flags) => {
  fc.assert(
    fc.property(source, text, (rest, input) => {
      const pattern = flags + rest;
      const { textFilter } = compilePattern(pattern);
      if (!textFilter || !RE2JS.compile(pattern).test(input)) return;
      const bytes = Buffer.from(input);
      textFilter.regexp.lastIndex = 0;
      expect(textFilter.regexp.test(textFilter.isAscii ? bytes.toString('latin1') : decodeUtf8(bytes))).toBe(
        true,
      );
    }),
    { numRuns: 3000 },
  );
});

test('a pattern without regard to case has a filter, if it has three characters in a row', () => {
  expect(compilePattern('(?i)password *=').textFilter?.regexp.test('PassWord=')).toBe(true);
  expect(compilePattern('(?i)[a-z]{9}').textFilter).toBeUndefined();
});

test('a filter of text finds what spans a line feed', () => {
  const { textFilter } = compilePattern('[^a][^b]x');
  expect(textFilter?.regexp.test('\n\nx')).toBe(true);
});

import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { patternSize } from '../../../../platform/re2/program-size.ts';

const piece = fc.constantFrom(
  'a',
  '.',
  '\\d',
  '\\pL',
  '\\p{Greek}',
  '\\.',
  '[a-z]',
  '[^]a]',
  '[[:alpha:]x]',
  '[\\]\\pN]',
  '^',
  '$',
);
const quantifier = fc.constantFrom('', '', '*', '+?', '?', '{3}', '{0,7}', '{2,}', '{40}', '{1000}');
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(piece, quantifier).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('|')),
    fc.tuple(tie('pattern'), quantifier).map(([inner, times]) => `(${inner})${times}`),
    fc.tuple(tie('pattern'), quantifier).map(([inner, times]) => `(?i:${inner})${times}`),
  ),
}));

test('the estimate is never below the size of the program that RE2 compiles', () => {
  fc.assert(
    fc.property(pattern, (source) => {
      let size: number;
      try {
        size = RE2JS.compile(source).programSize();
      } catch {
        return; // not RE2: nothing is compiled
      }
      expect(patternSize(source)).toBeGreaterThanOrEqual(size);
    }),
    { numRuns: 500 },
  );
});

test('any text has a size', () => {
  fc.assert(
    fc.property(fc.string(), (source) => {
      expect(patternSize(source)).toBeGreaterThan(0);
    }),
  );
});

test('a short pattern can be a large one', () => {
  expect(patternSize('(?:a{1000})'.repeat(100))).toBeGreaterThan(100_000);
  expect(patternSize('^root:[^:]*:0:0:.*/(ba|z|k)?sh$')).toBeLessThan(200);
});

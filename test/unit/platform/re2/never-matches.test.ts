import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { neverMatches } from '../../../../platform/re2/never-matches.ts';

const anything = () => true;
const noSlash = (char: string) => char !== '/';

test.each(['a$b', 'x^', '(?:a$|b$)c', '(^a)(^b)', 'a\\z.', '[ab]$[cd]+', '(?i)A$b', '$.'])(
  '%s never matches',
  (source) => {
    expect(neverMatches(source, anything)).toBe(true);
  },
);

test.each([
  '/',
  'a/',
  '(/|b/)',
  '[/]',
  '(?i)/A',
  '/{2}',
  '(a/)+',
  '\\x2f',
  '\\x{2F}a',
  '\\Q/\\E',
  '[\\x2f]',
  '\\057',
  '\\Qa/b',
])('%s matches only with a slash', (source) => {
  expect([neverMatches(source, anything), neverMatches(source, noSlash)]).toEqual([false, true]);
});

test('a pattern recognised as never matching matches no line', () => {
  const piece = fc.constantFrom(
    'a',
    '/',
    '.',
    '[a/]',
    '[^a]',
    '^',
    '$',
    '(^|a)',
    '(/$|b)',
    '(?:/)',
    '\\b',
    '\\A',
  );
  const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}');
  const pattern = fc
    .array(
      fc.tuple(piece, quantifier).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) => parts.join(''));
  const lines = fc.array(fc.stringMatching(/^[ab/]{0,6}$/), { maxLength: 40 });
  let refused = 0;
  fc.assert(
    fc.property(pattern, lines, (source, texts) => {
      let reference: RE2JS;
      try {
        reference = RE2JS.compile(source);
      } catch {
        return; // not RE2, as in `^*+`
      }
      const isNever = neverMatches(source, anything);
      const isNeverAName = neverMatches(source, noSlash);
      if (isNeverAName) refused++;
      const matching = texts.filter((text) => reference.test(text));
      if (isNever) expect(matching, source).toEqual([]);
      if (isNeverAName)
        expect(
          matching.filter((text) => !text.includes('/')),
          source,
        ).toEqual([]);
    }),
    { numRuns: 3000 },
  );
  expect(refused).toBeGreaterThan(100);
});

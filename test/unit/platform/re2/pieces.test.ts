import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

test('a line is matched in pieces as it is as a whole, when the pieces overlap by what a match takes', () => {
  const piece = fc.constantFrom(
    '^',
    '$',
    '\\A',
    '\\z',
    'a',
    'b',
    '[ab^$]',
    '[^a]',
    '.',
    '(a|b$)',
    '(^a|b)',
    '\\Q^$\\E',
    'a?',
  );
  const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
  const line = fc.stringMatching(/^[ab^$]{12,40}$/);
  fc.assert(
    fc.property(pattern, line, fc.integer({ min: 9, max: 12 }), (source, text, size) => {
      const { testPiece } = compilePattern(source);
      let isFound = false;
      // No pattern of five of the parts takes more than eight characters.
      for (let start = 0; start === 0 || start + 8 < text.length; start += size - 8) {
        const edges = { isStart: start === 0, isEnd: start + size >= text.length };
        isFound ||= testPiece(text.slice(start, start + size), edges);
      }
      expect(isFound).toBe(RE2JS.compile(source).test(text));
    }),
    { numRuns: 2000 },
  );
});

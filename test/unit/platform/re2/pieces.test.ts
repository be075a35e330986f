import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { compilePattern } from '../../../../platform/re2/regexp.ts';

test('overlapping pieces of a line match exactly when the whole line matches', () => {
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
      // A match of five parts is at most eight characters long: the pieces overlap by eight.
      for (let start = 0; start === 0 || start + 8 < text.length; start += size - 8) {
        const edges = { isStart: start === 0, isEnd: start + size >= text.length };
        isFound ||= testPiece(text.slice(start, start + size), edges);
      }
      expect(isFound).toBe(RE2JS.compile(source).test(text));
    }),
    { numRuns: 2000 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../../../contract/text/printable.ts';

test('text for a terminal has no control or invisible character, and plain text stays the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.stringMatching(/^[ -~äß中]*$/), (text) => printable(text) === text));
});

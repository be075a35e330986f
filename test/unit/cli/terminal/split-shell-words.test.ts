import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitShellWords } from '../../../../cli/terminal/split-shell-words.ts';
import { shellLine } from '../../../../contract/text/shell-word.ts';

test('a line that is typed as a shell wants it has the same words again', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 20, unit: 'grapheme' })), (words) => {
      expect(splitShellWords(shellLine(words))).toEqual(words);
    }),
  );
});

test('quotes and backslashes keep blanks, and nothing is expanded', () => {
  expect(splitShellWords(`  file -name '^a b$' -path "/x \\"y\\"" c\\ d $HOME "" `)).toEqual([
    'file',
    '-name',
    '^a b$',
    '-path',
    '/x "y"',
    'c d',
    '$HOME',
    '',
  ]);
  expect(splitShellWords('')).toEqual([]);
  for (const open of [`'a`, `"a`, 'a\\']) expect(() => splitShellWords(open)).toThrow('does not end');
});

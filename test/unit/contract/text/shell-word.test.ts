import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellLine, shellWord } from '../../../../contract/text/shell-word.ts';

test('a shell reads back exactly the words that were quoted', () => {
  const special = fc.stringMatching(/^[ '"$`\\!*?~#&|;<>(){}[\]\na-]{0,12}$/);
  const words = fc.array(fc.oneof(special, fc.string()), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(words, (given) => {
      const typed = given.map((word) => word.replaceAll('\0', ''));
      const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${shellLine(typed)}`], { encoding: 'utf8' });
      expect(printed.split('\0').slice(0, -1)).toEqual(typed.map((word) => word.toWellFormed()));
    }),
    { numRuns: 20 },
  );
});

test('plain words stay as they are, and targets stay readable', () => {
  expect(shellLine(['mig', 'file', '-path', '/etc'])).toBe('mig file -path /etc');
  expect(shellWord("os='linux'")).toBe(`"os='linux'"`);
  expect(shellWord('^passwd$')).toBe("'^passwd$'");
  expect(shellWord('')).toBe("''");
});

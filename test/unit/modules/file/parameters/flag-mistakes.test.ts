import { expect, test } from 'vitest';
import { parseInvestigatorFlags } from '../../../../../cli/action/module-flags.ts';
import { findModule } from '../../../../../modules/all-modules.ts';

const file = findModule('file');
const refuse = (flag: string, value: string) => () => {
  if (!file) throw new Error('there is no module file');
  return parseInvestigatorFlags(file, ['-path', '/etc', '-name', 'a', `-${flag}=${value}`]);
};

test.each([
  ['size', '>10K', "write a whole number, with k, m, g or t for its unit, as '>10k'"],
  ['size', '10kb', 'write a whole number'],
  ['size', '>1.5k', 'write a whole number'],
  ['size', '10 KB', 'write a whole number'],
  ['mtime', '30d', 'begin with < (changed within) or > (before)'],
  ['mtime', '<30', 'end with d, h or m'],
  ['mtime', '<2weeks', 'end with d, h or m'],
  ['md5', 'a'.repeat(64), 'has 64 digits, and such a hash 32: use -sha2'],
  ['sha2', 'a'.repeat(40), 'has 40 digits, and such a hash 64, 96, 128: use -sha1'],
  ['sha1', 'a'.repeat(39), 'has 39 digits, and such a hash 40'],
  ['md5', 'x'.repeat(32), 'write the digits of a hash'],
  ['name', '*.txt', "a shell's * is .*"],
  ['content', '?x', 'its ? is one dot'],
  ['ctime', '30d', 'begin with < (changed within) or > (before)'],
  ['btime', '<30', 'end with d, h or m'],
  ['owner', '!root', 'add -mismatch owner'],
  ['group', '!root', 'add -mismatch group'],
  ['perm', 'u+s', 'write octal digits'],
  ['perm', '08', 'write octal digits'],
  ['perm', '-rw-r--r--', 'letters go to -mode'],
  ['excluderegex', '*.git', "a shell's * is .*"],
  ['maxtime', '30', 'and s, m or h for its unit'],
  ['maxtime', '1d', 'and s, m or h for its unit'],
])('-%s %s is refused with what to write instead', (flag, value, words) => {
  expect(refuse(flag, value)).toThrow(`-${flag} "${value}": `);
  expect(refuse(flag, value)).toThrow(words);
});

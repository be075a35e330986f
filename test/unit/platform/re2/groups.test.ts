import { expect, test } from 'vitest';
import { compileGroups } from '../../../../platform/re2/groups.ts';

test('the groups of the first match are returned, those without a part empty', () => {
  const groupsOf = compileGroups(String.raw`(\w)=(\d)?(x)?`);
  expect(groupsOf('a=1 b=2')).toEqual(['a', '1', '']);
  expect(groupsOf('nothing')).toBeUndefined();
});

test('a pattern without groups matches with none', () => {
  expect(compileGroups('^a')('abc')).toEqual([]);
});

test('an alternative that is tried first wins, as in Go', () => {
  expect(compileGroups('(a|ab)(c|bcd)?')('abcd')).toEqual(['a', 'bcd']);
});

test('a bad pattern is refused with the words of Go', () => {
  expect(() => compileGroups('(')).toThrow('error parsing regexp: missing closing )');
});

import { expect, test } from 'vitest';
import { splitWords } from '../../../../modules/yara/split-words.ts';

test('words are separated by blanks, and quotes around them are removed', () => {
  expect(splitWords(`-path /bin\t-name '^a b$' -content "c d"`)).toEqual([
    '-path',
    '/bin',
    '-name',
    '^a b$',
    '-content',
    'c d',
  ]);
});

test('two texts in quotes are two words', () => {
  expect(splitWords(`'a b' 'c d' "e f" "g"`)).toEqual(['a b', 'c d', 'e f', 'g']);
});

test('a quote inside a text in quotes belongs to it', () => {
  expect(splitWords(`-content 'it's' -name "a"b"`)).toEqual(['-content', `it's`, '-name', 'a"b']);
});

test('a flag may have its value in quotes behind an equals sign', () => {
  expect(splitWords(`-name='a b' -path="/c d"`)).toEqual(['-name=a b', '-path=/c d']);
});

test('quotes without a partner are removed from the ends of their words', () => {
  expect(splitWords(`-name 'a b`)).toEqual(['-name', 'a', 'b']);
});

test('a text without a word has none', () => {
  expect(splitWords(' \n')).toEqual([]);
});

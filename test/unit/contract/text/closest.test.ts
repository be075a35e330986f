import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestName, didYouMean } from '../../../../contract/text/closest.ts';

const NAMES = [
  'content',
  'matchlimit',
  'maxdepth',
  'maxerrors',
  'mode',
  'mtime',
  'name',
  'path',
  'sha256',
  'size',
];

const MISTAKES: ((word: string, at: number) => string)[] = [
  (word, at) => word.slice(0, at) + word.slice(at + 1),
  (word, at) => `${word.slice(0, at)}x${word.slice(at)}`,
  (word, at) => `${word.slice(0, at)}x${word.slice(at + 1)}`,
  (word, at) => word.slice(0, at) + (word[at + 1] ?? '') + word[at] + word.slice(at + 2),
];

test('a name with any one typing mistake is recognised', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      fc.nat(),
      fc.constantFrom(...MISTAKES),
      (name, where, misspell) => {
        expect(closestName(misspell(name, where % name.length), NAMES)).toBe(name);
      },
    ),
  );
});

test('a word that is close to no name gets no suggestion', () => {
  for (const word of ['', 'x', 'recursive', 'verbose', '日本語', 'p'.repeat(100_000)]) {
    expect(closestName(word, NAMES)).toBeUndefined();
  }
});

test('a suggestion ends the error message, with the name as a person would type it', () => {
  expect(didYouMean('paht', ['path'])).toBe('; did you mean path?');
  expect(didYouMean('paht', ['path'], { prefix: '-' })).toBe('; did you mean -path?');
  expect(didYouMean('verbose', NAMES)).toBe('');
});

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

test('a name with one typing mistake is recognised, whatever the mistake', () => {
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

test('a word that is close to none is not guessed', () => {
  for (const word of ['', 'x', 'recursive', 'verbose', '日本語', 'p'.repeat(100_000)]) {
    expect(closestName(word, NAMES)).toBeUndefined();
  }
});

test('a suggestion ends an error, and writes the name as a person would type it', () => {
  expect(didYouMean('paht', ['path'])).toBe('; did you mean path?');
  expect(didYouMean('paht', ['path'], { prefix: '-' })).toBe('; did you mean -path?');
  expect(didYouMean('verbose', NAMES)).toBe('');
});

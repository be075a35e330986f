import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closestName } from '../../../../contract/text/closest.ts';

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

const SLIPS: ((word: string, at: number) => string)[] = [
  (word, at) => word.slice(0, at) + word.slice(at + 1),
  (word, at) => `${word.slice(0, at)}x${word.slice(at)}`,
  (word, at) => `${word.slice(0, at)}x${word.slice(at + 1)}`,
  (word, at) => word.slice(0, at) + (word[at + 1] ?? '') + word[at] + word.slice(at + 2),
];

test('a name with one slip in it is that name, whatever the slip', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.nat(), fc.constantFrom(...SLIPS), (name, where, slip) => {
      expect(closestName(slip(name, where % name.length), NAMES)).toBe(name);
    }),
  );
});

test('a word that is near none stays alone', () => {
  for (const word of ['', 'x', 'recursive', 'verbose', '日本語', 'p'.repeat(100_000)]) {
    expect(closestName(word, NAMES)).toBeUndefined();
  }
});

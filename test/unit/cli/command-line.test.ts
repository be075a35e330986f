import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommandLine, requireOneOf } from '../../../cli/command-line.ts';
import { errorCode, errorMessage, MigError } from '../../../contract/errors.ts';

const SYNTAX = {
  usage: 'usage: mig example <name> [-by <what>] [-check <ids>] [-flipped] [--json]',
  flags: { by: 'string', check: 'list', flipped: 'boolean' },
  allowed: ['json'],
  words: [1, 1],
} as const;

const read = (...args: string[]) => parseCommandLine(args, SYNTAX);

test('flags and options may stand before and after the words', () => {
  for (const line of [
    ['nightly', '-by', 'endpoint', '--check', 'a', '-check=b', '-flipped', '--json'],
    ['--json', '-flipped', '-check', 'a', '-by=endpoint', '-check', 'b', 'nightly'],
  ]) {
    const { options, words, value, values, isOn } = read(...line);
    expect(words).toEqual(['nightly']);
    expect([value('by'), values('check'), isOn('flipped'), options.json]).toEqual([
      'endpoint',
      ['a', 'b'],
      true,
      true,
    ]);
  }
  const { value, values, isOn } = read('nightly');
  expect([value('by'), values('check'), isOn('flipped')]).toEqual([undefined, [], false]);
});

describe('refuses', () => {
  test.each([
    [['nightly', '-flippd'], 'flag provided but not defined: -flippd; did you mean -flipped?'],
    [['nightly', '-everything'], 'there is no flag -everything here; usage: mig example'],
    [['nightly', '-e', '5m'], '-e does not apply here'],
    [['nightly', '-by', 'a', '-by', 'a'], '-by is given twice; usage: mig example'],
    [['nightly', '-by'], 'flag needs an argument: -by'],
    [['nightly', '-by='], 'flag needs an argument: -by'],
    [['nightly', '-by', '-flipped'], '-by has no value: the flag "-flipped" follows'],
    [['nightly', '-flipped=no'], '-flipped takes no value'],
    [['nightly', 'weekly'], 'unexpected word "weekly"; usage: mig example'],
    [['--'], 'unexpected word "--"; usage: mig example'],
    [[], 'usage: mig example'],
  ])('%j', (line, problem) => {
    expect(() => read(...line)).toThrow(problem);
  });
});

test('a word that a flag does not take is refused with those that it takes, and the closest', () => {
  const words = ['check', 'endpoint', 'reference'] as const;
  expect(requireOneOf('-by', 'endpoint', words)).toBe('endpoint');
  for (const [word, end] of [
    ['refrence', ', not "refrence"; did you mean reference?'],
    ['colour', ', not "colour"'],
    [undefined, ''],
  ] as const) {
    expect(() => requireOneOf('-by', word, words)).toThrow(
      new MigError('usage', `-by must be one of check, endpoint, reference${end}`),
    );
  }
});

test('any line is read, or refused as wrong usage in one line of text', () => {
  const word = fc.oneof(
    fc.constantFrom('-by', '--by=x', '-check', '-flipped', '-json', '-c', '-', '--', '-=', 'nightly', ''),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `-${text}`),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (line) => {
      try {
        expect(read(...line).words).toEqual([expect.stringMatching(/^(?!-)/)]);
      } catch (error) {
        expect(errorCode(error)).toBe('usage');
        expect(errorMessage(error)).not.toBe('');
      }
    }),
    { numRuns: 500 },
  );
});

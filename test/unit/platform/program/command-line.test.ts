import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCode, errorMessage } from '../../../../contract/errors.ts';
import { parseCommandLine, readNumber } from '../../../../platform/program/command-line.ts';

const LINE = {
  options: {
    agents: { type: 'string' },
    target: { type: 'string', multiple: true },
    once: { type: 'boolean' },
  },
  words: 1,
} as const;

const refusal = (args: readonly string[]): string => {
  try {
    parseCommandLine(args, LINE);
  } catch (error) {
    expect(errorCode(error)).toBe('usage');
    return errorMessage(error);
  }
  return expect.fail(`not refused: ${args.join(' ')}`);
};

describe('a command line', () => {
  test('may have options and words in any order', () => {
    expect(
      parseCommandLine(['--once', 'upgrade', '--agents', '5', '--target=a', '--target', 'b'], LINE),
    ).toEqual({
      values: { once: true, agents: '5', target: ['a', 'b'] },
      words: ['upgrade'],
    });
    expect(parseCommandLine([], LINE)).toEqual({ values: {}, words: [] });
    expect(parseCommandLine(['--agents=-5'], LINE)).toMatchObject({ values: { agents: '-5' } });
  });

  test('with --help or -h anywhere asks for help', () => {
    const word = fc.constantFrom('--once', '--agents=3', '--nope', 'x', 'y', '--target=');
    fc.assert(
      fc.property(fc.array(word), fc.array(word), fc.constantFrom('--help', '-h'), (before, after, help) => {
        expect(parseCommandLine([...before, help, ...after], LINE)).toBe('help');
      }),
    );
  });

  test.each([
    [['--agentz'], 'unknown argument: --agentz'],
    [['--agentz=5'], 'unknown argument: --agentz'],
    [['-x'], 'unknown argument: -x'],
    [['--__proto__'], 'unknown argument: --__proto__'],
    [['--constructor', 'x'], 'unknown argument: --constructor'],
    [['one', 'two'], 'unknown argument: two'],
    [['--agents'], '--agents: its value is missing'],
    [['--agents='], '--agents: its value is missing'],
    [['--agents', '--once'], '--agents: its value is missing'],
    [['--agents', '1', '--agents', '2'], '--agents: given twice'],
    [['--once=yes'], '--once: takes no value'],
  ])('%j is refused with an explanation', (args, sentence) => {
    expect(refusal(args)).toBe(sentence);
  });

  test('loses no word: each becomes an option, a value or a word, or is refused', () => {
    const word = fc.oneof(
      fc.constantFrom('--once', '--agents', '--target', '--agents=1', '-o', '--'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        fc.pre(!args.includes('--'));
        try {
          const parsed = parseCommandLine(args, LINE);
          if (parsed === 'help') return;
          const { once, agents, target = [] } = parsed.values;
          const returned = [once, agents, ...target, ...parsed.words].filter(
            (one) => one !== undefined,
          ).length;
          const names = args.filter((one) => ['--agents', '--target'].includes(one)).length;
          expect(returned).toBe(args.length - names);
        } catch (error) {
          expect(errorCode(error)).toBe('usage');
        }
      }),
    );
  });
});

test('a number in plain digits within its bounds is accepted, any other is refused by name', () => {
  const bounds = { byDefault: 7, min: 1, max: 100 };
  expect(readNumber('--agents', undefined, bounds)).toBe(7);
  expect(readNumber('--minutes', '0.5', { ...bounds, min: 0, isWhole: false })).toBe(0.5);
  fc.assert(
    fc.property(fc.oneof(fc.integer({ min: -5, max: 200 }).map(String), fc.string()), (text) => {
      const isGood = /^\d{1,15}$/.test(text) && Number(text) >= 1 && Number(text) <= 100;
      const read = () => readNumber('--agents', text, bounds);
      if (isGood) expect(read()).toBe(Number(text));
      else expect(read).toThrow(/^--agents: must be a whole number from 1 to 100, not /);
    }),
  );
});

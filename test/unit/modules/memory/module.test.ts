import { describe, expect, test } from 'vitest';
import { memory } from '../../../../modules/memory/module.ts';
import { memoryRun } from '../../../../modules/memory/run.ts';

const problem = (search: Record<string, unknown>, label = 's1') =>
  memory.checkParameters({ searches: { [label]: search } });

describe('parameters', () => {
  test('are refused in the words of MIG', () => {
    expect(problem({}, 'a b')).toBe(
      "The syntax of label 'a b' is invalid. Must match regex ^([a-zA-Z0-9_-]){1,64}$",
    );
    expect(problem({}, '')).toBe('empty labels are not permitted');
    expect(problem({ names: [''] })).toBe('Empty values are not permitted');
    expect(problem({ libraries: ['('] })).toContain("Invalid regexp '('. Must be a regexp.");
    for (const bytes of ['0xff', 'abc', 'zz']) {
      expect(problem({ bytes: [bytes] })).toBe(
        `Invalid bytes '${bytes}'. Must be an hexadecimal byte string without leading 0x. ex: 'ff00d1ab'`,
      );
    }
    expect(problem({ bytes: ['ff00d1ab'], contents: ['a'], names: ['!b'] })).toBeUndefined();
  });

  test('are checked in the order of MIG', () => {
    expect(problem({ bytes: ['x'], libraries: ['[1'], names: ['[2'], contents: ['[3'] })).toContain("'[3'");
    expect(problem({ bytes: ['x'], libraries: ['[1'], names: ['[2'] })).toContain("'[2'");
    expect(problem({ bytes: ['x'], libraries: ['[1'] })).toContain("'[1'");
  });

  test('that are too large are refused before they cost a server time', () => {
    const steps = memory.checkParametersInSteps?.({
      searches: { s: { contents: ['(((a{99}){99}){9})'.repeat(9)] } },
    });
    expect(steps?.next().value).toContain('a pattern that is too large');
  });
});

describe('flags', () => {
  const parse = (...args: string[]) => memory.parseFlags(args);

  test('become one search, with matchall by default', () => {
    expect(parse('-name', 'a', '-lib', 'b', '-bytes', 'ff', '-content', 'c', '-logfailures')).toEqual({
      searches: {
        s1: {
          names: ['a'],
          libraries: ['b'],
          bytes: ['ff'],
          contents: ['c'],
          options: { matchall: true, offset: 0, maxlength: 0, logfailures: true },
        },
      },
    });
  });

  test('may have the names of MIG for offset and length', () => {
    const options = { matchall: false, offset: 10, maxlength: 20, logfailures: false };
    const search = { searches: { s1: { names: ['a'], options } } };
    expect(parse('-name', 'a', '-matchany', '-maxdepth', '10', '-matchlimit', '20')).toEqual(search);
    expect(parse('-name', 'a', '-matchany', '-offset', '10', '-maxlength', '20')).toEqual(search);
  });

  test('that exclude each other are a mistake', () => {
    expect(memory.findFlagMistake?.({ offset: 1, maxdepth: 2 })).toContain('-maxdepth');
    expect(memory.findFlagMistake?.({ maxlength: 1, matchlimit: 2 })).toContain('-matchlimit');
    expect(memory.findFlagMistake?.({ matchall: true, matchany: true })).toContain('-matchany');
    expect(memory.findFlagMistake?.({ name: ['a'] })).toBeUndefined();
  });

  test('that find nothing are a mistake', () => {
    expect(memory.findMistake?.({ searches: {} })).toContain('no search');
    expect(memory.findMistake?.({ searches: { s1: {} } })).toContain('no check');
    expect(memory.findMistake?.({ searches: { s1: { names: ['a'], options: { offset: -1 } } } })).toContain(
      '-offset -1',
    );
    expect(memory.findMistake?.({ searches: { s1: { names: ['a'] } } })).toBeUndefined();
  });
});

test('a result is printed as MIG prints it', () => {
  const result = {
    foundanything: true,
    success: true,
    elements: {
      all: [{ process: { name: '/bin/a', pid: 7 }, search: { names: ['a'], options: { matchall: true } } }],
      any: [
        { process: { name: '/bin/b', pid: 8 }, search: { libraries: ['l'], options: {} } },
        { process: { name: '', pid: 0 }, search: { bytes: ['ff'], options: {} } },
      ],
      none: null,
    },
    statistics: { processcount: 9, memoryread: 1, totalhits: 2, failures: ['why'], exectime: '1ms' },
    errors: ['an error'],
  };
  expect(memory.print(result, { foundOnly: false })).toEqual([
    "/bin/a [pid:7] in search 'all'",
    "/bin/b [pid:8] in search 'any' on checks library='l'",
    "0 match found in search 'any' on checks byte='ff'",
    'Failure: why',
    'an error',
    'Statistics: 9 processes checked, 2 matched, 1 failures, ran in 1ms.',
  ]);
  expect(memory.print(result, { foundOnly: true })).toHaveLength(2);
});

test('a failed run has no elements, and statistics of zeros', async () => {
  const context = {
    loadHost: () => Promise.reject(new Error('not needed')),
  };
  expect(await memoryRun.run({ searches: { s1: { bytes: ['z'] } } }, context)).toEqual({
    foundanything: false,
    success: false,
    elements: {},
    statistics: { processcount: 0, memoryread: 0, totalhits: 0, exectime: '' },
    errors: ["Invalid bytes 'z'. Must be an hexadecimal byte string without leading 0x. ex: 'ff00d1ab'"],
  });
});

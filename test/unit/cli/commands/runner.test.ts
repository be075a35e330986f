import { describe, expect, test } from 'vitest';
import { parseRunnerFlags } from '../../../../cli/commands/runner.ts';

test.each([
  [[], { isCheck: false, once: undefined }],
  [['--check'], { isCheck: true, once: undefined }],
  [['-check'], { isCheck: true, once: undefined }],
  [['--once', 'daily'], { isCheck: false, once: 'daily' }],
  [['--once=daily'], { isCheck: false, once: 'daily' }],
])('reads %j', (words, flags) => {
  expect(parseRunnerFlags(words)).toMatchObject(flags);
});

describe('refuses', () => {
  test.each([
    [['daily'], 'unexpected word "daily"; usage: mig runner'],
    [['--once'], 'flag needs an argument: -once'],
    [['--once='], 'flag needs an argument: -once'],
    [['--once', 'a', '--once', 'b'], '-once is given twice'],
    [['--check=no'], '-check takes no value'],
    [['--check', '--once', 'a'], '--check and --once cannot be used together'],
  ])('%j', (words, problem) => {
    expect(() => parseRunnerFlags(words)).toThrow(problem);
  });
});

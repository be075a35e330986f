import { describe, expect, test } from 'vitest';
import { readAskLine, readAskStart } from '../../../../cli/questions/ask-line.ts';
import type { QuestionParameter } from '../../../../contract/question/parameter.ts';

const parameters: QuestionParameter[] = ['name', 'path', 't', 'version', 'help'].map((name) => ({
  name,
  type: 'text',
  description: '',
  required: false,
}));
const read = (...args: string[]) => {
  const { options, given } = readAskLine(args, { parameters }, 'usage');
  return { ...Object.fromEntries(given), target: options.target };
};

describe('the line of mig ask', () => {
  test('has parameters as flags or with -set, and the options of every action', () => {
    expect(read('-name', '^x$', '-set', 'path=/a=b', '-t', 'true')).toEqual({
      name: '^x$',
      path: '/a=b',
      target: 'true',
    });
    expect(read('-name=-p')).toMatchObject({ name: '-p' });
  });

  test('gives a parameter that has the name of an option with -set alone', () => {
    expect(
      read('-t', 'true', '-set', 't=x', '-set', 'version=7', '-set', 'help=me', '-version', '2'),
    ).toEqual({
      t: 'x',
      help: 'me',
      version: '7',
      target: 'true',
    });
  });

  test.each([
    [['-name', 'x', '-set', 'name=y'], 'parameter name is given twice'],
    [['-set', 'name'], '-set needs <name>=<value>, not "name"'],
    [['-other', 'x'], 'there is no flag -other'],
    [['-nam', 'x'], 'did you mean -name?'],
    [['x'], 'unexpected word "x"'],
    [['-name'], 'flag needs an argument: -name'],
  ])('is refused: %j', (args, problem) => {
    expect(() => read(...args)).toThrow(problem);
  });

  test('says before the parameters are known which question it is', () => {
    const line = ['-name', '-x', '-version', '3', '-v', '-c', 'file', '-keys=folder', '-y', '-set', 'v=-c'];
    expect(readAskStart(line)).toEqual({
      configFile: 'file',
      isVerbose: true,
      version: 3,
      keys: 'folder',
      asksForHelp: false,
    });
    for (const help of [['help'], ['-h'], ['-name', 'x', '--help']])
      expect(readAskStart(help).asksForHelp).toBe(true);
    for (const value of [
      ['-name', 'help'],
      ['-name', '-h'],
      ['-set', 'help=help'],
    ])
      expect(readAskStart(value).asksForHelp).toBe(false);
    expect(() => readAskStart(['-version', 'x'])).toThrow('-version must be a number');
  });
});

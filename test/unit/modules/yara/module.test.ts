import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeCompileErrors } from '../../../../modules/yara/compile-errors.ts';
import { yara } from '../../../../modules/yara/module.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-yara-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rules = join(folder, 'rules.yar');
writeFileSync(rules, '\uFEFFrule a { condition: true }');

/** The problem with a search. */
const problem = (filesearch: string) => yara.checkParameters({ yara: 'x', filesearch });
const problemForApi = (filesearch: string) => {
  const steps = yara.checkParametersInSteps?.({ yara: 'x', filesearch });
  let step = steps?.next();
  while (step?.done === false) step = steps?.next();
  return step?.value;
};

describe('flags', () => {
  test('the rules are read from their file, and the search is one text', () => {
    expect(yara.parseFlags(['-rules', rules, '-files', "-path /bin -name '.'"])).toEqual({
      yara: 'rule a { condition: true }',
      filesearch: "-path /bin -name '.'",
    });
  });

  test('both are required', () => {
    expect(() => yara.parseFlags(['-files', '-path /bin -name .'])).toThrow('-rules option is required');
    expect(() => yara.parseFlags(['-rules', rules])).toThrow('-files option is required');
  });

  test('rules that cannot be read are named', () => {
    expect(() => yara.parseFlags(['-rules', '/missing.yar', '-files', '-path /bin'])).toThrow(
      /^-rules \/missing\.yar: ENOENT/,
    );
  });

  test('without words, and with help, there are no parameters', () => {
    expect(yara.parseFlags([])).toBeUndefined();
    expect(yara.parseFlags(['help'])).toBeUndefined();
  });
});

describe('parameters', () => {
  test('rules are required, a search is not', () => {
    expect(yara.checkParameters({})).toBe('yara rules are a required option');
    expect(yara.checkParameters({ yara: 'rule a { condition: true }' })).toBeUndefined();
  });

  test('a problem of the search is that of module file', () => {
    const flags = '-path /bin -size bogus';
    expect(problem(flags)).toMatch(/^filesearch: .*size/);
    expect(problemForApi(flags)).toBe(problem(flags));
    expect(problem('-path /bin -bogus x')).toBe('filesearch: flag provided but not defined: -bogus');
  });

  test('the API limits the patterns of a search', () => {
    const large = `-path /bin -name '${'(a{1000}){1000}'}'`;
    expect(problemForApi(large)).toMatch(/^filesearch: /);
  });

  test.each(['help', ' ', "''"])('a search by %j names no file', (filesearch) => {
    expect(problem(filesearch)).toMatch(/^filesearch: names no file/);
  });

  test('a word behind the flags is refused: the filters after it would be lost', () => {
    expect(problem('-path /bin stray -name a')).toMatch(/^filesearch: unexpected word "stray"/);
  });

  test('a search that only counts finds no file to scan', () => {
    expect(problem('-path /bin -name . -count')).toBe(
      'filesearch: -count finds no file to scan: leave it out',
    );
  });

  test('mig refuses a search that must be a mistake', () => {
    expect(yara.findMistake?.({ yara: 'x', filesearch: '-path bin -name .' })).toMatch(/is not absolute/);
    expect(yara.findMistake?.({ yara: 'x', filesearch: '-path /bin -name .' })).toBeUndefined();
  });
});

describe('printing', () => {
  const result = {
    foundanything: true,
    success: true,
    elements: { Matches: [{ Object: '/bin/x', MatchedRules: ['one', 'two'] }] },
    statistics: null,
    errors: ['/bin/y: permission denied'],
  };

  test('a match is a path with its rules, and errors follow', () => {
    expect(yara.print(result, { foundOnly: false })).toEqual([
      '/bin/x [one,two]',
      '/bin/y: permission denied',
    ]);
    expect(yara.print(result, { foundOnly: true })).toEqual(['/bin/x [one,two]']);
  });

  test('a result without elements has no lines', () => {
    expect(yara.print({ ...result, elements: null, errors: null }, { foundOnly: false })).toEqual([]);
  });

  test('extra privacy mode masks paths and errors, and keeps rules', async () => {
    const { mask } = await yara.loadRun();
    expect(
      mask?.({ ...result, errors: ['/a: b', '/c: too large'], limits: ['/c: too large'] }),
    ).toMatchObject({
      elements: { Matches: [{ Object: 'masked', MatchedRules: ['one', 'two'] }] },
      errors: ['masked', 'a limit (masked)'],
      limits: ['a limit (masked)'],
    });
  });

  test('extra privacy mode keeps the errors of rules, which the investigator wrote', async () => {
    const { mask } = await yara.loadRun();
    const failed = { ...result, success: false, elements: null, errors: ['rules, line 1, column 2: wrong'] };
    expect(mask?.(failed)).toMatchObject({ elements: null, errors: failed.errors });
  });
});

describe('errors of rules', () => {
  const UNKNOWN = `error[E009]: unknown identifier \`foo\`
 --> line:2:21
  |
2 | rule b { condition: foo }
  |                     ^^^ this identifier has not been declared`;

  test('an error begins with its place, and ends with the remark', () => {
    expect(describeCompileErrors([UNKNOWN])).toEqual([
      'rules, line 2, column 21: unknown identifier `foo`: this identifier has not been declared',
    ]);
  });

  test('an error without a place is its first line', () => {
    expect(describeCompileErrors(['Error: unreachable\n at x'])).toEqual(['rules: Error: unreachable']);
  });

  test('at most twenty errors are listed', () => {
    const described = describeCompileErrors(Array.from({ length: 25 }, () => UNKNOWN));
    expect(described).toHaveLength(21);
    expect(described.at(-1)).toBe('5 more errors in the rules');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleValues, fillOperations, readValues } from '../../../../contract/question/fill.ts';
import type { QuestionParameter } from '../../../../contract/question/parameter.ts';
import { patternProblem } from '../../../../platform/re2/pattern-problem.ts';

const parameter = (fields: Partial<QuestionParameter> & { name: string }): QuestionParameter => ({
  type: 'text',
  description: '',
  required: false,
  ...fields,
});

const read = (parameters: QuestionParameter[], given: Record<string, string>) =>
  Object.fromEntries(readValues({ parameters }, new Map(Object.entries(given)), patternProblem));

describe('a value', () => {
  test('takes its place as it is, whatever characters it has', () => {
    const hostile = fc.oneof(
      fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }),
      fc.constantFrom(
        `"`,
        `\\`,
        `","names":[".*"],"x":"`,
        `%s%n`,
        `{"$parameter":"other"}`,
        `$parameter`,
        ['$', '{other}'].join(''),
        `'; DROP TABLE agents; --`,
        '$(id)',
        '__proto__',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const operations = [
          {
            module: 'file',
            parameters: {
              searches: {
                s1: { paths: [{ $parameter: 'one' }, '/etc'], names: [{ $parameter: 'other' }], options: {} },
              },
              untouched: ['"', '$parameter', { parameter: 'one' }],
            },
          },
        ];
        const before = JSON.stringify(operations);
        const filled = fillOperations(
          { operations },
          new Map([
            ['one', one],
            ['other', other],
          ]),
        );
        expect(JSON.parse(JSON.stringify(filled))).toEqual([
          {
            module: 'file',
            parameters: {
              searches: { s1: { paths: [one, '/etc'], names: [other], options: {} } },
              untouched: ['"', '$parameter', { parameter: 'one' }],
            },
          },
        ]);
        expect(JSON.stringify(operations)).toBe(before);
      }),
    );
  });

  test('changes no other part of any operation', () => {
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('$parameter'));
    fc.assert(
      fc.property(json, fc.string({ minLength: 1 }), (other, value) => {
        const operations = [{ module: 'm', parameters: { other, here: { $parameter: 'p' } } }];
        const [filled] = fillOperations({ operations }, new Map([['p', value]]));
        expect(filled?.parameters).toEqual({ other, here: value });
      }),
    );
  });

  test('that is not given leaves its list or object without it', () => {
    const operations = [
      {
        module: 'm',
        parameters: { list: ['a', { $parameter: 'p' }, 'b'], field: { $parameter: 'p' }, kept: null },
      },
    ];
    expect(fillOperations({ operations }, new Map())[0]?.parameters).toEqual({
      list: ['a', 'b'],
      kept: null,
    });
  });

  test('of an integer is a number, or a text where the place says so', () => {
    const operations = [
      { module: 'm', parameters: { n: { $parameter: 'p' }, t: { $parameter: 'p', as: 'text' } } },
    ];
    expect(fillOperations({ operations }, new Map([['p', 443]]))[0]?.parameters).toEqual({
      n: 443,
      t: '443',
    });
  });
});

describe('what is typed', () => {
  test('is read by the type of its parameter', () => {
    const parameters = [
      parameter({ name: 'count', type: 'integer' }),
      parameter({ name: 'age', type: 'duration' }),
      parameter({ name: 'path', type: 'path' }),
      parameter({ name: 'name', type: 'regex' }),
      parameter({ name: 'kind', type: 'choice', choices: ['a', 'b'] }),
    ];
    const good = { count: '-5', age: '1h30m', path: 'C:\\Windows', name: '^x(y|z)$', kind: 'b' };
    expect(read(parameters, good)).toEqual({ ...good, count: -5 });
    for (const [name, text, problem] of [
      ['count', '1.5', 'parameter count: must be a whole number'],
      ['count', '1e3', 'parameter count: must be a whole number'],
      ['count', '99999999999999999999', 'parameter count: must be a whole number'],
      ['age', '1 day', 'parameter age: must be a duration like 60s, 5m or 48h'],
      ['path', 'etc', 'parameter path: must be an absolute path'],
      ['name', '(', "parameter name: Invalid regexp '('"],
      ['kind', 'c', 'parameter kind: must be one of a, b'],
      ['kind', '', 'parameter kind: is empty'],
      ['name', 'x'.repeat(4097), 'parameter name: must have at most 4096 characters'],
      ['path', '/a\u0000', 'parameter path: must not contain U+0000'],
      ['other', 'x', 'the question has no parameter other: it has count, age, path, name, kind'],
      ['constructor', 'x', 'the question has no parameter constructor'],
    ] as const) {
      expect(() => read(parameters, { [name]: text }), `${name} ${text}`).toThrow(problem);
    }
  });

  test('is missing only where it is required, and replaces a default', () => {
    const required = parameter({ name: 'p', required: true, description: 'a folder' });
    expect(() => read([required], {})).toThrow('parameter p is missing: a folder');
    expect(() => read([{ ...required, description: '' }], {})).toThrow(/parameter p is missing$/);
    const optional = [parameter({ name: 'p', default: 'd' }), parameter({ name: 'q' })];
    expect(read(optional, {})).toEqual({ p: 'd' });
    expect(read(optional, { p: 'given' })).toEqual({ p: 'given' });
  });

  test('is not needed to check operations whose required parameters have examples', () => {
    const parameters = [
      parameter({ name: 'p', required: true, example: 'e' }),
      parameter({ name: 'q', default: 'd' }),
      parameter({ name: 'r' }),
    ];
    expect(exampleValues({ parameters })).toEqual(
      new Map([
        ['p', 'e'],
        ['q', 'd'],
      ]),
    );
    expect(exampleValues({ parameters: [parameter({ name: 'p', required: true })] })).toBeUndefined();
  });
});

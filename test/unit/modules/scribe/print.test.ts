import { describe, expect, test } from 'vitest';
import { EMPTY_RESULT, type ModuleResult } from '../../../../contract/module-result.ts';
import { maskResult } from '../../../../modules/scribe/mask.ts';
import { printResult } from '../../../../modules/scribe/print.ts';

const TEST = {
  testid: 't',
  name: 'N',
  description: 'D',
  tags: [{ key: 'k', value: 'v' }],
  iserror: false,
  error: '',
  masterresult: false,
  hastrueresults: true,
  results: [{ result: true, identifier: '/etc/x' }],
};

function resultWith(flags: object, test: object = TEST): ModuleResult {
  return {
    ...EMPTY_RESULT,
    elements: { results: [test], humanoutput: false, jsonoutput: false, ...flags },
    statistics: { execruntime: '1ms' },
  };
}

const print = (result: ModuleResult) => printResult(result, { foundOnly: true });

test('the plain form has a line for a test, and one for each value', () => {
  expect(print(resultWith({}))).toEqual([
    'master [false] name:"N" id:"t" hastrue:true error:""',
    'sub [true] name:"N" id:"t" identifier:"/etc/x"',
  ]);
});

test('the form for people has several lines for a test', () => {
  expect(print(resultWith({ humanoutput: true, jsonoutput: true }))).toEqual([
    'result for "N" (t)',
    '  description: D',
    '  master result: false, has true results, failure caused by dependency',
    '  tag: k: v',
    '  [true] identifier: "/etc/x"',
  ]);
  const failed = {
    ...TEST,
    name: '',
    description: '',
    tags: [],
    iserror: true,
    error: 'E',
    hastrueresults: false,
    results: null,
  };
  expect(print(resultWith({ humanoutput: true }, failed))).toEqual([
    'result for "t"',
    '  master result: false',
    '  [error] error: E',
  ]);
});

test('the form for programs has a line of JSON for each test', () => {
  const [line = ''] = print(resultWith({ jsonoutput: true }));
  expect(JSON.parse(line)).toEqual(TEST);
});

describe('extra privacy mode', () => {
  const result = {
    ...resultWith({}),
    errors: ['Error: E in "t"', 'read /etc/x: permission denied', 'the time was over at /etc'],
    limits: ['the time was over at /etc'],
  };

  test('masks identifiers, and errors with paths, but not those of tests', () => {
    const masked = maskResult(result);
    expect(JSON.stringify(masked)).not.toContain('/etc');
    expect(masked.errors).toEqual(['Error: E in "t"', 'masked', 'a limit (masked)']);
    expect(masked.limits).toEqual(['a limit (masked)']);
  });

  test('keeps a failed result as it is', () => {
    expect(maskResult({ ...EMPTY_RESULT, errors: null })).toMatchObject({ elements: null, errors: null });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../../contract/action.ts';
import { parseCheck } from '../../../../contract/compliance.ts';
import type { Expectation, Verdict } from '../../../../contract/rules/verdict.ts';
import type { SweepCheck } from '../../../../contract/sweep/document.ts';
import { evaluatePart, readResults } from '../../../../contract/sweep/evaluate.ts';
import { planSweep, planTogether } from '../../../../contract/sweep/plan.ts';
import { defined } from '../../../setup/defined.ts';

// The results come from endpoints, and any of them may be hostile: it may lie, but must not break the page of answers that
// it shares with others, and no answer that lacks what was asked may count as one that it is absent.

function checkOf(id: string, operation: Operation, expectation: Expectation): SweepCheck {
  const check = parseCheck(JSON.stringify({ name: id, operations: [operation] }));
  return { ...check, id, expectations: [expectation] };
}

const search = (path: string): Operation => ({
  module: 'file',
  parameters: { searches: { s: { paths: [path], names: ['x'] } } },
});
const packages: Operation = { module: 'pkg', parameters: { pkgmatch: { matches: ['^telnetd$'] } } };
const scribe: Operation = { module: 'scribe', parameters: { scribedoc: { tests: [{ test: 'a' }] } } };

const [PART] = planTogether([
  checkOf('absent', search('/a'), 'absent'),
  checkOf('found', search('/b'), 'found'),
  checkOf('nopackage', packages, 'absent'),
  checkOf('notest', scribe, 'absent'),
]);

const NO_MATCH = [{ file: '', search: {} }];
const MATCH = [{ file: '/b/x', search: {} }];

function result(elements: unknown, errors: unknown = null): object {
  return { foundanything: true, success: true, elements, statistics: null, errors };
}
const GOOD = [
  result({ '1.s': NO_MATCH, '2.s': MATCH }),
  result({ packages: null }),
  result({ results: [{ masterresult: false }] }),
];

function verdictsIn(judged: ReturnType<typeof evaluatePart>): Record<string, Verdict> {
  return Object.fromEntries([...judged].map(([id, { verdict }]) => [id, verdict]));
}

function verdictsOf(results: unknown): Record<string, Verdict> {
  return verdictsIn(evaluatePart(defined(PART), readResults(JSON.stringify(results))));
}

test('a whole answer passes', () => {
  expect(verdictsOf(GOOD)).toEqual({ absent: 'pass', found: 'pass', nopackage: 'pass', notest: 'pass' });
});

const ERRORS = { absent: 'error', found: 'error', nopackage: 'error', notest: 'error' };

describe('an answer that is none', () => {
  test.each([
    ['no results', null],
    ['an object instead of a list', { 0: GOOD[0] }],
    ['a text', 'pass'],
    ['an empty list', []],
    ['results of wrong types', [5, 'x', []]],
    ['fields of wrong types', GOOD.map((one) => ({ ...one, success: 'yes' }))],
    ['errors that are no list of texts', GOOD.map((one) => ({ ...one, errors: [{}] }))],
    ['no elements', GOOD.map(() => result(null))],
    ['elements of a wrong type', GOOD.map(() => result('none'))],
    ['a list as elements', GOOD.map(() => result([]))],
    [
      'labels that do not exist',
      [result({ '3.s': NO_MATCH }), result({ pakete: [] }), result({ tests: [] })],
    ],
    [
      'values of wrong types under the labels',
      [result({ '1.s': {}, '2.s': 'x' }), result({ packages: {} }), result({ results: 0 })],
    ],
  ])('%s: every check is in error', (_what, results) => {
    expect(verdictsOf(results)).toEqual(ERRORS);
  });

  test('a key __proto__ gives nothing to inherit', () => {
    const text = `[{"success":true,"__proto__":{"elements":{}},"elements":{"__proto__":{"1.s":[],"2.s":[]}}},
      {"success":true,"elements":{"__proto__":{"packages":[]}}},
      {"success":true,"elements":{"__proto__":{"results":[]}}}]`;
    expect(verdictsIn(evaluatePart(defined(PART), readResults(text)))).toEqual(ERRORS);
  });
});

test('values that cannot be converted do not break the evaluation', () => {
  const bomb = { toString: 1, valueOf: 1 };
  const results = [
    result({ '1.s': [{ file: '', count: bomb }], '2.s': [{ process: { name: bomb } }, bomb] }),
    result({ packages: [{ name: bomb }, bomb, null, 5] }),
    result({ results: [bomb, null] }),
  ];
  expect(verdictsOf(results)).toMatchObject({ nopackage: 'pass', notest: 'pass', absent: 'pass' });
});

test('an answer nested deeper than the collector accepts does not break the evaluation', () => {
  const depth = 10_000;
  const text = `[{"success":true,"elements":${'['.repeat(depth)}${']'.repeat(depth)}}]`;
  expect(verdictsIn(evaluatePart(defined(PART), readResults(text)))).toEqual(ERRORS);
});

test('more errors than can be read leave nothing decided that they could hide', () => {
  // To look for each of 200 searches in each error would take minutes.
  const errors = Array.from({ length: 200_000 }, () => `search '2.s'`);
  const labels = Array.from({ length: 200 }, (_, n) => `${n + 1}.s`);
  const checks = labels.map((label, n) => checkOf(label, search(`/${n}`), n === 1 ? 'found' : 'absent'));
  const elements = Object.fromEntries(labels.map((label) => [label, label === '2.s' ? MATCH : NO_MATCH]));
  const [part] = planSweep(checks);
  const verdicts = evaluatePart(defined(part), readResults(JSON.stringify([result(elements, errors)])));
  expect(new Set(Object.values(verdictsIn(verdicts)))).toEqual(new Set(['pass', 'unknown']));
  expect(verdicts.get('2.s')?.verdict).toBe('pass');
});

test('any number of paths that do not exist hides nothing', () => {
  const errors = Array.from({ length: 50_000 }, (_, n) => `lstat /a/${n}: no such file or directory`);
  const verdicts = verdictsOf([result({ '1.s': NO_MATCH, '2.s': MATCH }, errors), ...GOOD.slice(1)]);
  expect(verdicts.absent).toBe('pass');
});

const KEYS = ['1.s', '2.s', 'packages', 'results', 'file', 'count', 'process', 'name', 'toString', 'valueOf'];
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(null, true, false, 0, 1, '', 'x', '__proto__', 'telnetd'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie('value'), { maxKeys: 4 }),
  ),
}));

function anyResult(elements: fc.Arbitrary<unknown>) {
  return fc.oneof(
    { weight: 4, arbitrary: elements.map((one) => result(one)) },
    { weight: 1, arbitrary: fc.tuple(elements, anyValue).map(([one, errors]) => result(one, errors)) },
    { weight: 1, arbitrary: anyValue },
  );
}

function listed(elements: unknown, key: string): boolean {
  if (typeof elements !== 'object' || elements === null || !Object.hasOwn(elements, key)) return false;
  const value = Reflect.get(elements, key);
  return value === null || Array.isArray(value);
}

test('whatever endpoints answer, every check has a verdict, and passes only with what it asked for', () => {
  const answers = fc.oneof(
    { weight: 1, arbitrary: anyValue },
    {
      weight: 5,
      arbitrary: fc.tuple(
        anyResult(fc.record({ '1.s': anyValue, '2.s': anyValue }, { requiredKeys: [] })),
        anyResult(fc.record({ packages: anyValue }, { requiredKeys: [] })),
        anyResult(fc.record({ results: anyValue }, { requiredKeys: [] })),
      ),
    },
  );
  fc.assert(
    fc.property(answers, (answer) => {
      const verdicts = verdictsOf(answer);
      expect(Object.keys(verdicts)).toEqual(['absent', 'found', 'nopackage', 'notest']);
      const results = readResults(JSON.stringify(answer));
      const needed: [string, number, string][] = [
        ['absent', 0, '1.s'],
        ['found', 0, '2.s'],
        ['nopackage', 1, 'packages'],
        ['notest', 2, 'results'],
      ];
      for (const [id, index, key] of needed) {
        if (verdicts[id] !== 'pass') continue;
        expect(results[index]?.success).toBe(true);
        expect(listed(results[index]?.elements, key)).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});

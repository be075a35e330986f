import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  all,
  any,
  type Expression,
  flatten,
  flattenApplicability,
  found,
  not,
  type Question,
} from '../../../../cli/convert/expression.ts';
import { type Verdict, verdictOf } from '../../../../contract/rules/verdict.ts';

const question = (name: string): Question => ({ module: 'file', search: { name } });
const [a, b, c] = ['a', 'b', 'c'].map((name) => found(question(name))) as [
  Expression,
  Expression,
  Expression,
];
const pkg = found({ module: 'pkg', name: 'x' });

/** Whether an expression holds where these searches find something. */
function holds(expression: Expression, there: ReadonlySet<string>): boolean {
  if (expression.type === 'found') return there.has(nameOf(expression.question));
  if (expression.type === 'not') return !holds(expression.of, there);
  const parts = expression.of.map((part) => holds(part, there));
  return expression.type === 'all' ? parts.every(Boolean) : parts.some(Boolean);
}

function nameOf(given: Question): string {
  return given.module === 'pkg' ? given.name : String(given.search.name);
}

/** The verdict of the flattened expression there. */
function verdictIn(flattened: NonNullable<ReturnType<typeof flatten>>, there: ReadonlySet<string>): Verdict {
  const answers = flattened.requirements.map(({ expectation, questions }) => {
    const labels = questions.map((one, index) => [`s${index}`, there.has(nameOf(one))] as const);
    const elements = labels.map(([label, isThere]) => [label, [{ file: isThere ? '/x' : '' }]]);
    return {
      expectation,
      parameters: { searches: Object.fromEntries(labels) },
      result: { success: true, foundanything: true, elements: Object.fromEntries(elements), errors: null },
    };
  });
  return verdictOf(answers, flattened.condition);
}

test('a condition of one level is all of its questions, or any', () => {
  expect(flatten(all(a, not(b)))?.condition).toBe('all');
  expect(flatten(any(a, not(b)))?.condition).toBe('any');
  expect(flatten(not(any(a, b)))?.requirements.map(({ expectation }) => expectation)).toEqual([
    'absent',
    'absent',
  ]);
});

test('all of some alternatives are none of their opposites', () => {
  expect(flatten(all(any(a, b), c))?.condition).toBe('none');
});

test('what needs conditions within conditions is refused', () => {
  expect(flatten(any(all(a, not(b)), c))).toBeUndefined();
  expect(flatten(any(all(a, any(b, c)), not(a)))).toBeUndefined();
  expect(flatten(any(all(a, pkg), c))).toBeUndefined();
});

test('where a check applies is a list of what is there and what is not', () => {
  const requirements = flattenApplicability(all(a, not(any(b, c))));
  expect(requirements?.map(({ expectation }) => expectation)).toEqual(['applies', 'unless', 'unless']);
  expect(flattenApplicability(any(a, b))).toBeUndefined();
});

test('a flattened expression passes exactly where the expression holds', () => {
  const leaf = fc.constantFrom(a, b, c);
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      leaf,
      tie('tree').map(not),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((of) => all(...of)),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((of) => any(...of)),
    ),
  }));
  let flattened = 0;
  fc.assert(
    fc.property(tree, fc.subarray(['a', 'b', 'c']), (expression, names) => {
      const flat = flatten(expression);
      if (!flat) return;
      flattened++;
      const there = new Set(names);
      expect(verdictIn(flat, there)).toBe(holds(expression, there) ? 'pass' : 'fail');
    }),
    { numRuns: 500 },
  );
  expect(flattened).toBeGreaterThan(100);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exitCodeOfAction } from '../../../../cli/action/outcome.ts';
import { limitsOf, type Problems, problemLines, problemsOfResults } from '../../../../cli/action/problems.ts';
import { exitCodeOfUpgrade } from '../../../../cli/action/upgrade.ts';
import { EXIT, worseOf } from '../../../../cli/exit-codes.ts';
import { countOf } from '../../../../contract/text/count-of.ts';

const problemsWith = (errors: string[], change: Partial<Problems> = {}): Problems => ({
  agent: 'agent-1',
  status: 'success',
  hasFailed: false,
  errors,
  limits: [],
  ...change,
});

test('limits are listed apart from errors, each with the number of agents that it cut', () => {
  const limits = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 5 });
  const result = { foundanything: false, success: true, elements: null, statistics: null };
  fc.assert(
    fc.property(limits, limits, (first, second) => {
      const error = 'ERROR: open /limit/cut: permission denied';
      const problems = [
        ...problemsOfResults({
          agent: 'agent-1',
          status: 'success',
          results: [{ ...result, errors: [error, ...first], limits: first }],
        }),
        ...problemsOfResults({
          agent: 'agent-2',
          status: 'success',
          results: [{ ...result, errors: second, limits: second }],
        }),
      ];
      const expected = [...new Set([...first, ...second])].map(
        (limit) =>
          `${limit} (${countOf(Number(first.includes(limit)) + Number(second.includes(limit)), 'agent')})`,
      );
      expect(limitsOf(problems)).toEqual(expected);
      expect(problemLines(problems, 'more')).toEqual([
        '1 agent met errors:',
        `  agent-1: ${error}`,
        ...expected.map((limit) => `limit: ${limit}`),
      ]);
    }),
  );
});

test('the lines report whatever they leave out', () => {
  const errors = fc.array(
    fc.string({ minLength: 1 }).map((text) => `ERROR: ${text}`),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.array(errors, { maxLength: 150 }), (lists) => {
      const problems = lists.flatMap((list) =>
        problemsOfResults({
          agent: 'a',
          status: 'success',
          results: [{ foundanything: false, success: true, elements: null, statistics: null, errors: list }],
        }),
      );
      const lines = problemLines(problems, 'MORE');
      expect(lines[0]).toBe(
        problems.length === 0 ? undefined : `${countOf(problems.length, 'agent')} met errors:`,
      );
      const isCut = problems.length > 100 || problems.slice(0, 100).some((one) => one.errors.length > 5);
      if (isCut) expect(lines).toContain('MORE');
      if (problems.length > 100)
        expect(lines).toContain(`  and ${countOf(problems.length - 100, 'more agent')}`);
    }),
    { numRuns: 100 },
  );
});

describe('the exit code of an action', () => {
  const all = { sent: 2, done: 2, success: 2 };
  test.each([
    ['completed', all, [], EXIT.ok],
    ['completed', all, [problemsWith(['ERROR: x'])], EXIT.errors],
    ['completed', all, [problemsWith([], { hasFailed: true })], EXIT.incomplete],
    ['completed', { sent: 2, success: 1, expired: 1 }, [], EXIT.incomplete],
    ['inflight', { sent: 2, success: 2 }, [], EXIT.incomplete],
    ['invalid', {}, [], EXIT.refused],
    [
      'cancelled',
      { sent: 2, cancelled: 2 },
      [problemsWith(['x'], { hasFailed: true, status: 'cancelled' })],
      EXIT.cancelled,
    ],
    ['cancelled', { sent: 2, success: 1 }, [problemsWith(['x'], { hasFailed: true })], EXIT.cancelled],
  ])('%s, %j, %j: %d', (status, counters, problems, code) => {
    expect(exitCodeOfAction({ status, counters, operations: [{ module: 'file' }] }, problems)).toBe(code);
  });

  test('an upgrade that cancels itself because of failures is incomplete', () => {
    const action = {
      status: 'cancelled',
      counters: { sent: 2, success: 1 },
      operations: [{ module: 'upgrade' }],
    };
    expect(exitCodeOfAction(action, [problemsWith(['x'], { hasFailed: true })])).toBe(EXIT.incomplete);
    expect(exitCodeOfAction(action, [])).toBe(EXIT.cancelled);
  });

  test.each([
    [{}, { done: 3 }, EXIT.ok],
    [{}, {}, EXIT.ok],
    [{ waiting: 0 }, { done: 3, failed: 0 }, EXIT.ok],
    [{ waiting: 1 }, { done: 3 }, EXIT.incomplete],
    [{}, { done: 3, failed: 1 }, EXIT.incomplete],
    [{}, { done: 3, lingering: 1 }, EXIT.incomplete],
    [{}, { done: 3, expired: 1 }, EXIT.incomplete],
    [{}, { done: 3, cancelled: 1 }, EXIT.incomplete],
  ] as [Record<string, number>, Record<string, number>, number][])(
    'of an upgrade, %j open, %j finished: %d',
    (open, finished, code) => {
      expect(exitCodeOfUpgrade({ open, finished })).toBe(code);
    },
  );

  test('of two parts is the more severe one', () => {
    const order = [EXIT.ok, EXIT.errors, EXIT.incomplete, EXIT.cancelled, EXIT.refused];
    fc.assert(
      fc.property(fc.constantFrom(...order), fc.constantFrom(...order), (one, other) => {
        expect(worseOf(one, other)).toBe(order[Math.max(order.indexOf(one), order.indexOf(other))]);
      }),
    );
  });
});

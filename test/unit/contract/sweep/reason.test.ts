import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../../contract/action.ts';
import { parseCheck } from '../../../../contract/compliance.ts';
import { COMMAND_REFUSED, checkAcl } from '../../../../contract/rules/acl.ts';
import { needsOf, UNSUPPORTED } from '../../../../contract/rules/agent-needs.ts';
import { evaluatePart, readResults } from '../../../../contract/sweep/evaluate.ts';
import { planTogether } from '../../../../contract/sweep/plan.ts';
import { toReason } from '../../../../contract/sweep/reason.ts';
import { defined } from '../../../setup/defined.ts';

const search = (path: string): Operation => ({
  module: 'file',
  parameters: { searches: { s: { paths: [path], names: ['x'] } } },
});
const absent = (id: string, path: string) => ({
  id,
  ...parseCheck(JSON.stringify({ name: id, operations: [search(path)], compliance: { expect: ['absent'] } })),
});
const [PART] = planTogether([absent('a', '/a'), absent('b', '/b')]);

const NOTHING = { '1.s': [], '2.s': [] };
const failed = (...errors: string[]) => ({ success: false, elements: null, errors });

function judged(results: unknown) {
  return Object.fromEntries(evaluatePart(defined(PART), readResults(JSON.stringify(results))));
}

function both(judgement: object) {
  return { a: judgement, b: judgement };
}

describe('an endpoint that cannot run a check has not checked it', () => {
  test('because it has no such module, as the platform knows or as the agent answers', () => {
    const expected = both({ verdict: 'notchecked', reason: 'agent has no module file' });
    const [need] = needsOf([search('/a')]);
    expect(judged([failed(`${UNSUPPORTED}${defined(need).text}`)])).toEqual(expected);
    expect(judged([failed("module 'file' is not available")])).toEqual(expected);
  });

  test('because it has not announced an addition', () => {
    const text = 'file-count (counts without names)';
    expect(judged([failed(`${UNSUPPORTED}${text}`)])).toEqual(
      both({ verdict: 'notchecked', reason: `agent has not announced ${text}` }),
    );
  });

  test.each([
    ['another module only', { pkg: { minimumweight: 1, investigators: {} } }],
    ['more weight', { default: { minimumweight: 2, investigators: {} } }],
    ['no weight at all', { default: { minimumweight: 0, investigators: {} } }],
  ])('because its ACL has %s', (_what, acl) => {
    let refusal = '';
    try {
      checkAcl(acl, { modules: ['file'], fingerprints: ['A'] });
    } catch (error) {
      refusal = defined(error instanceof Error ? error.message : undefined);
    }
    expect(judged([failed(`${COMMAND_REFUSED}${refusal}`)])).toEqual(
      both({ verdict: 'notchecked', reason: `refused by its ACL: ${refusal}` }),
    );
  });
});

describe('a check in error says why', () => {
  test.each([
    [[failed("module 'file' was killed after 30.0 s")], "timed out: module 'file' was killed after 30.0 s"],
    [[failed('open /a: out of memory', 'more')], 'failed: open /a: out of memory'],
    [[failed()], 'failed without an error, as at a time limit'],
    [[failed(`${COMMAND_REFUSED}expired`)], 'refused: expired'],
    [[], 'the answer has no result for it'],
    [[{ success: true, elements: 'none' }], 'the answer is not one to what was asked'],
  ])('%j', (results, reason) => {
    expect(judged(results)).toEqual(both({ verdict: 'error', reason }));
  });
});

test('an unknown check names the first error that may hide something from it, by the label of the check', () => {
  const errors = [
    'lstat /a/x: no such file or directory',
    `search '2.s' ended at its limit`,
    'open /b/y: permission denied',
    'open /a/z: permission denied',
  ];
  expect(judged([{ success: true, elements: NOTHING, errors }])).toEqual({
    a: { verdict: 'unknown', reason: 'incomplete: open /a/z: permission denied' },
    b: { verdict: 'unknown', reason: `incomplete: search 's' ended at its limit` },
  });
});

test('a decided check has no reason', () => {
  expect(judged([{ success: true, elements: NOTHING }])).toEqual(both({ verdict: 'pass', reason: null }));
});

test('whatever an endpoint writes, a reason is short, and safe on a terminal and in the database', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const [reason, shown] = [toReason(text), judged([failed(text)]).a?.reason ?? ''];
      for (const one of [reason, shown]) {
        expect(one.length).toBeLessThan(4096);
        expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Answered,
  type Condition,
  type Expectation,
  type Verdict,
  verdictOf,
} from '../../../../contract/rules/verdict.ts';

const PARAMETERS = { searches: { one: {}, two: {} } };
const FILE = { file: '/etc/x' };
const NO_FILE = { file: '' };
const DENIED = ['ERROR: open /etc/x: permission denied'];

/** The answer of module file to two searches. */
function answer(
  expectation: Expectation,
  found: readonly [boolean, boolean],
  errors: string[] | null = null,
): Answered {
  const [one, two] = found.map((isFound) => [isFound ? FILE : NO_FILE]);
  const result = { success: true, foundanything: found.includes(true), elements: { one, two }, errors };
  return { expectation, parameters: PARAMETERS, result };
}

describe('one operation', () => {
  test.each([
    ['found', [true, true], null, 'pass'],
    ['found', [true, false], null, 'fail'],
    ['found', [false, false], null, 'fail'],
    ['absent', [false, false], null, 'pass'],
    ['absent', [true, false], null, 'fail'],
    ['found', [true, true], DENIED, 'pass'],
    ['found', [true, false], DENIED, 'unknown'],
    ['absent', [true, false], DENIED, 'fail'],
    ['absent', [false, false], DENIED, 'unknown'],
    ['absent', [false, false], ['ERROR: open /etc/x: no such file or directory'], 'pass'],
    ['absent', [false, false], ['a limit ended the search'], 'unknown'],
  ] as const)('%s, searches with matches %j, errors %j: %s', (expectation, found, errors, verdict) => {
    expect(verdictOf([answer(expectation, found, errors && [...errors])])).toBe(verdict);
  });

  test('no answer, and one without success, are errors', () => {
    const refused = {
      success: false,
      foundanything: true,
      elements: { one: [FILE], two: [FILE] },
      errors: null,
    };
    expect(verdictOf([{ expectation: 'found', parameters: PARAMETERS, result: undefined }])).toBe('error');
    expect(verdictOf([{ expectation: 'found', parameters: PARAMETERS, result: refused }])).toBe('error');
    expect(verdictOf([{ expectation: 'absent', parameters: PARAMETERS, result: refused }])).toBe('error');
  });

  test('a search that only counts has found what it counted', () => {
    const counted = (count: number) => ({
      success: true,
      foundanything: true,
      elements: { s: [{ file: '', count }] },
      errors: null,
    });
    const parameters = { searches: { s: {} } };
    expect(verdictOf([{ expectation: 'found', parameters, result: counted(1) }])).toBe('pass');
    expect(verdictOf([{ expectation: 'found', parameters, result: counted(0) }])).toBe('fail');
  });

  test('an operation without a search is never found', () => {
    const result = { success: true, foundanything: false, elements: {}, errors: null };
    expect(verdictOf([{ expectation: 'found', parameters: { searches: {} }, result }])).toBe('fail');
  });

  test('module memory lists a search without matches as one of no process', () => {
    const parameters = { searches: { s: {} } };
    const result = (process: object) => ({
      success: true,
      foundanything: false,
      elements: { s: [{ process }] },
      errors: null,
    });
    const none = { name: '', pid: 0 };
    expect(verdictOf([{ expectation: 'absent', parameters, result: result(none) }])).toBe('pass');
    expect(verdictOf([{ expectation: 'absent', parameters, result: result({ name: 'x', pid: 1 }) }])).toBe(
      'fail',
    );
  });

  test('other modules have found what they say', () => {
    const result = (foundanything: boolean) => ({
      success: true,
      foundanything,
      elements: { packages: [] },
      errors: null,
    });
    const parameters = { pkgmatch: { matches: ['^nis$'] } };
    expect(verdictOf([{ expectation: 'absent', parameters, result: result(false) }])).toBe('pass');
    expect(verdictOf([{ expectation: 'absent', parameters, result: result(true) }])).toBe('fail');
  });
});

describe('a scribe document', () => {
  const parameters = { scribedoc: { tests: [{ test: 'a' }, { test: 'b' }] } };
  const verdictFor = (expectation: Expectation, results: object[], errors: string[] | null = null) =>
    verdictOf([
      {
        expectation,
        parameters,
        result: { success: true, foundanything: results.length > 0, elements: { results }, errors },
      },
    ]);
  const isTrue = { masterresult: true, iserror: false };
  const isFalse = { masterresult: false, iserror: false };
  const inError = { masterresult: false, iserror: true };

  test('is found when all of its tests are true, and absent when none is', () => {
    expect(verdictFor('found', [isTrue, isTrue])).toBe('pass');
    expect(verdictFor('found', [isTrue, isFalse])).toBe('fail');
    expect(verdictFor('absent', [isFalse, isFalse])).toBe('pass');
    expect(verdictFor('absent', [isFalse, isTrue])).toBe('fail');
  });

  test('that returns its true tests only has no others', () => {
    expect(verdictFor('found', [isTrue])).toBe('fail');
    expect(verdictFor('absent', [])).toBe('pass');
  });

  test('is not decided by a test in error', () => {
    expect(verdictFor('found', [isTrue, inError])).toBe('unknown');
    expect(verdictFor('absent', [isFalse], ['Error: bad pattern in "b"'])).toBe('unknown');
  });
});

describe('several operations', () => {
  const YES = [true, true] as const;
  const NO = [false, false] as const;

  test('a check does not apply when its condition is not met, whatever else failed', () => {
    const failed: Answered = { expectation: 'absent', parameters: {}, result: undefined };
    expect(verdictOf([answer('applies', NO), failed])).toBe('notapplicable');
    expect(verdictOf([answer('absent', YES), answer('applies', NO)])).toBe('notapplicable');
  });

  test('one weak setting fails the check, though another answer is missing', () => {
    const failed: Answered = { expectation: 'found', parameters: {}, result: undefined };
    expect(verdictOf([answer('applies', YES), failed, answer('absent', YES)])).toBe('fail');
  });

  test('a check fails only where it is certain to apply', () => {
    expect(verdictOf([answer('applies', NO, DENIED), answer('absent', YES)])).toBe('unknown');
    expect(
      verdictOf([{ expectation: 'applies', parameters: {}, result: undefined }, answer('absent', YES)]),
    ).toBe('error');
  });

  test('a check never passes unless each expectation was met for certain', () => {
    const answers = fc.array(
      fc.record({
        expectation: fc.constantFrom<Expectation>('applies', 'found', 'absent'),
        found: fc.tuple(fc.boolean(), fc.boolean()),
        errors: fc.constantFrom(null, DENIED),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(answers, (given) => {
        const verdict = verdictOf(
          given.map(({ expectation, found, errors }) => answer(expectation, found, errors)),
        );
        const isCertain = given.every(({ expectation, found, errors }) =>
          expectation === 'absent' ? !found.includes(true) && errors === null : !found.includes(false),
        );
        expect(verdict === 'pass').toBe(isCertain);
      }),
    );
  });
});

describe('a condition', () => {
  const MET = answer('found', [true, true]);
  const MISSED = answer('found', [false, false]);
  const UNDECIDED = answer('found', [false, false], DENIED);
  const FAILED: Answered = { expectation: 'found', parameters: PARAMETERS, result: undefined };

  test.each<[Condition, Answered[], Verdict]>([
    ['any', [MET, MISSED], 'pass'],
    ['any', [FAILED, UNDECIDED, MET], 'pass'],
    ['any', [MISSED, MISSED], 'fail'],
    ['any', [MISSED, UNDECIDED], 'unknown'],
    ['any', [MISSED, UNDECIDED, FAILED], 'error'],
    ['none', [MISSED, MISSED], 'pass'],
    ['none', [FAILED, UNDECIDED, MET], 'fail'],
    ['none', [MISSED, UNDECIDED], 'unknown'],
    ['none', [MISSED, UNDECIDED, FAILED], 'error'],
  ])('%s of %j is %s', (condition, answers, verdict) => {
    expect(verdictOf(answers, condition)).toBe(verdict);
  });

  test('says nothing of where a check applies', () => {
    const missing = answer('applies', [false, false]);
    for (const condition of ['all', 'any', 'none'] as const) {
      expect(verdictOf([missing, MET], condition)).toBe('notapplicable');
      expect(verdictOf([missing, FAILED], condition)).toBe('notapplicable');
    }
    expect(verdictOf([answer('applies', [true, true]), MISSED], 'any')).toBe('fail');
  });

  test('without an operation is never a pass', () => {
    for (const condition of ['all', 'any', 'none'] as const)
      expect(verdictOf([], condition)).toBe('notchecked');
  });

  test('decides as it would for every way in which the uncertain answers could turn out', () => {
    const outcome = fc.constantFrom('met', 'missed', 'undecided', 'failed');
    const conditions = fc.constantFrom<Condition>('all', 'any', 'none');
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 5 }), conditions, (outcomes, condition) => {
        const of = { met: MET, missed: MISSED, undecided: UNDECIDED, failed: FAILED };
        const verdict = verdictOf(
          outcomes.map((name) => of[name as keyof typeof of]),
          condition,
        );
        const count = (given: string) => outcomes.filter((name) => name === given).length;
        const uncertain = count('undecided') + count('failed');
        const passes = Array.from({ length: uncertain + 1 }, (_, more) => {
          const met = count('met') + more;
          if (condition === 'all') return met === outcomes.length;
          return condition === 'any' ? met > 0 : met === 0;
        });
        if (passes.every(Boolean)) expect(verdict).toBe('pass');
        else if (!passes.includes(true)) expect(verdict).toBe('fail');
        else expect(verdict).toBe(count('failed') > 0 ? 'error' : 'unknown');
      }),
    );
  });
});

describe('an operation that says where a check does not apply', () => {
  const REQUIRED = answer('found', [true, true]);

  test('makes it not applicable when any of its searches finds something', () => {
    expect(verdictOf([answer('unless', [true, false]), REQUIRED])).toBe('notapplicable');
    expect(verdictOf([answer('unless', [true, false], DENIED), REQUIRED])).toBe('notapplicable');
  });

  test('changes nothing when it finds nothing, and leaves an uncertain answer uncertain', () => {
    expect(verdictOf([answer('unless', [false, false]), REQUIRED])).toBe('pass');
    expect(verdictOf([answer('unless', [false, false], DENIED), REQUIRED])).toBe('unknown');
  });
});

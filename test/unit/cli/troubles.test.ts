import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import {
  exitCodeOfAction,
  limitsOf,
  moduleFailures,
  type Trouble,
  troubleLines,
  troubleOf,
  troubleOfResults,
} from '../../../cli/troubles.ts';
import { TimeIsUp } from '../../../modules/file/clock.ts';

const trouble = (errors: string[], change: Partial<Trouble> = {}): Trouble => ({
  ...{ agent: 'agent-1', status: 'success', hasFailed: false, errors },
  ...change,
});

/** How the module `file` says that a limit kept something back. */
const LIMITS = [
  `search 's1' ended at its limit of 1000 matches: there may be more (see -matchlimit)`,
  `search 's1' did not enter folders below level 1000 (see -maxdepth)`,
  '5 errors were not returned (max errors = 30)',
  `9000 of 10000 matches in search 's1' were not returned: they may take 3000000 bytes`,
  `7 matches in search 's1' have no hash: the time was over`,
  new TimeIsUp('/var/log', 19.5).message,
];

test('limits are named apart from errors, each with how many agents it cut', () => {
  const troubles = [trouble([...LIMITS, 'open /limit/cut: permission denied']), trouble([LIMITS[0] ?? ''])];
  expect(limitsOf(troubles)).toEqual(LIMITS.map((limit, i) => `${limit} (${i === 0 ? 2 : 1} agent(s))`));
  const lines = troubleLines(troubles, 'more');
  expect(lines.slice(0, 2)).toEqual([
    '1 agent(s) met errors:',
    '  agent-1: open /limit/cut: permission denied',
  ]);
  expect(lines.slice(2)).toEqual(limitsOf(troubles).map((limit) => `limit: ${limit}`));
});

test('whatever is left out of the lines is said to be', () => {
  const errors = fc.array(
    fc.string({ minLength: 1 }).map((text) => `ERROR: ${text}`),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.array(errors, { maxLength: 150 }), (lists) => {
      const troubles = lists.flatMap((list) =>
        troubleOfResults('a', 'success', [
          { foundanything: false, success: true, elements: null, statistics: null, errors: list },
        ]),
      );
      const lines = troubleLines(troubles, 'MORE');
      expect(lines[0]).toBe(troubles.length === 0 ? undefined : `${troubles.length} agent(s) met errors:`);
      const isCut = troubles.length > 100 || troubles.slice(0, 100).some((one) => one.errors.length > 5);
      if (isCut) expect(lines).toContain('MORE');
      if (troubles.length > 100) expect(lines).toContain(`  and ${troubles.length - 100} more agents`);
    }),
    { numRuns: 100 },
  );
});

describe('the exit code of an action', () => {
  const all = { sent: 2, done: 2, success: 2 };
  test.each([
    ['completed', all, [], EXIT.ok],
    ['completed', all, [trouble(['ERROR: x'])], EXIT.errors],
    ['completed', all, [trouble([], { hasFailed: true })], EXIT.incomplete],
    ['completed', { sent: 2, success: 1, expired: 1 }, [], EXIT.incomplete],
    ['inflight', { sent: 2, success: 2 }, [], EXIT.incomplete],
    ['invalid', {}, [], EXIT.refused],
    [
      'cancelled',
      { sent: 2, cancelled: 2 },
      [trouble(['x'], { hasFailed: true, status: 'cancelled' })],
      EXIT.cancelled,
    ],
    ['cancelled', { sent: 2, success: 1 }, [trouble(['x'], { hasFailed: true })], EXIT.incomplete],
  ])('%s, %j, %j: %d', (status, counters, troubles, code) => {
    expect(exitCodeOfAction({ status, counters }, troubles)).toBe(code);
  });
});

test('an answer of unknown shape is one that failed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (record) => {
      expect(moduleFailures(troubleOf(record))).toBe(1);
    }),
  );
});

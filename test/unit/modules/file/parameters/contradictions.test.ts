import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileAttributes } from '../../../../../modules/file/filesystem/file-info.ts';
import { findContradiction } from '../../../../../modules/file/parameters/contradictions.ts';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';
import { createTally } from '../../../../../modules/file/tally.ts';
import { createListEntries } from '../../../../../platform/machine/directory/list-entries.ts';
import { createPatternCompiler } from '../../../../../platform/re2/pattern-compiler.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_NS = 60_000_000_000n;

/** Returns whether the search is refused as a contradiction, and how many of the files pass it. */
function tryOn(search: Record<string, unknown>, files: readonly FileAttributes[]) {
  const parameters = Parameters.parse({ searches: { s: { paths: ['/'], ...search } } });
  const [plan] = createPlans(parameters, {
    nowMs: NOW_MS,
    startedMs: 0,
    listEntries: createListEntries(),
    tally: createTally(),
    compile: createPatternCompiler(),
  });
  const passing = files.filter((info) =>
    plan?.checks.every((check) => (check.testMetadata?.('', info) !== check.isInverse) !== check.isMismatch),
  );
  return {
    isRefused: findContradiction(parameters.searches.s as never) !== undefined,
    passing: passing.length,
  };
}

function fileOf(size: number, timeNs: bigint): FileAttributes {
  return { size, mode: 0, uid: 0, gid: 0, mtimeNs: timeNs, ctimeNs: timeNs, btimeNs: timeNs };
}

const sign = fc.constantFrom('<', '>');

test('sizes are refused when no file passes them all, and only then', () => {
  const files = Array.from({ length: 3 * 1024 }, (_, size) => fileOf(size, 0n));
  const size = fc.tuple(
    fc.constantFrom('', '<', '>'),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom('', 'k'),
  );
  const sizes = fc.array(
    size.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(sizes, fc.boolean(), (values, isInverted) => {
      // The inverse of a single size is no interval, so two of them are not checked.
      fc.pre(!isInverted || values.every((value) => /^[<>]/.test(value)));
      const options = { matchall: true, mismatch: isInverted ? ['size'] : null };
      const { isRefused, passing } = tryOn({ sizes: values, options }, files);
      expect({ values, isInverted, isRefused }).toEqual({ values, isInverted, isRefused: passing === 0 });
    }),
    { numRuns: 500 },
  );
});

test('times are refused when no file passes them all, and only then', () => {
  const files = Array.from({ length: 2 * 5 * 60 }, (_, half) =>
    // Between two bounds, because a file of exactly that age passes neither `<` nor `>`.
    fileOf(0, BigInt(NOW_MS) * 1_000_000n - (BigInt(half) * MINUTE_NS) / 2n - MINUTE_NS / 4n),
  );
  const age = fc.tuple(sign, fc.oneof(fc.constantFrom('1h', '2h'), fc.constantFrom('1m', '60m', '90m')));
  const times = fc.array(
    age.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom('mtime', 'ctime', 'btime'),
      times,
      fc.boolean(),
      (name, values, isInverted) => {
        const options = { matchall: true, mismatch: isInverted ? [name] : null };
        const { isRefused, passing } = tryOn({ [`${name}s`]: values, options }, files);
        expect({ values, isInverted, isRefused }).toEqual({ values, isInverted, isRefused: passing === 0 });
      },
    ),
    { numRuns: 500 },
  );
});

test('checks never contradict each other with -matchany', () => {
  const search = { sizes: ['1', '2'], names: ['a', '!a'], options: { matchall: false } };
  expect(tryOn(search, []).isRefused).toBe(false);
});

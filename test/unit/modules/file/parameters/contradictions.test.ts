import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileInfo } from '../../../../../modules/file/filesystem/file-info.ts';
import { createListEntries } from '../../../../../modules/file/filesystem/list-entries.ts';
import { findContradiction } from '../../../../../modules/file/parameters/contradictions.ts';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_NS = 60_000_000_000n;

/** Returns whether the search is refused as a contradiction, and how many of the files pass it. */
function tryOn(search: Record<string, unknown>, files: readonly FileInfo[]) {
  const parameters = Parameters.parse({ searches: { s: { paths: ['/'], ...search } } });
  const [plan] = createPlans(parameters, { nowMs: NOW_MS, listEntries: createListEntries() });
  const passing = files.filter((info) =>
    plan?.checks.every((check) => (check.testMetadata?.('', info) !== check.isInverse) !== check.isMismatch),
  );
  return {
    isRefused: findContradiction(parameters.searches.s as never) !== undefined,
    passing: passing.length,
  };
}

const sign = fc.constantFrom('<', '>');

test('sizes are refused when no file passes them all, and only then', () => {
  const files = Array.from({ length: 3 * 1024 }, (_, size) => ({ size, mtimeNs: 0n, mode: 0 }));
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
  const files = Array.from({ length: 2 * 5 * 60 }, (_, half) => ({
    size: 0,
    // Between two bounds, because a file of exactly that age passes neither `<` nor `>`.
    mtimeNs: BigInt(NOW_MS) * 1_000_000n - (BigInt(half) * MINUTE_NS) / 2n - MINUTE_NS / 4n,
    mode: 0,
  }));
  const age = fc.tuple(sign, fc.oneof(fc.constantFrom('1h', '2h'), fc.constantFrom('1m', '60m', '90m')));
  const mtimes = fc.array(
    age.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(mtimes, fc.boolean(), (values, isInverted) => {
      const options = { matchall: true, mismatch: isInverted ? ['mtime'] : null };
      const { isRefused, passing } = tryOn({ mtimes: values, options }, files);
      expect({ values, isInverted, isRefused }).toEqual({ values, isInverted, isRefused: passing === 0 });
    }),
    { numRuns: 500 },
  );
});

test('checks never contradict each other with -matchany', () => {
  const search = { sizes: ['1', '2'], names: ['a', '!a'], options: { matchall: false } };
  expect(tryOn(search, []).isRefused).toBe(false);
});

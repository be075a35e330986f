import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileInfo } from '../../../../../modules/file/filesystem/file-info.ts';
import { createListEntries } from '../../../../../modules/file/filesystem/list-entries.ts';
import { findContradiction } from '../../../../../modules/file/parameters/contradictions.ts';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_NS = 60_000_000_000n;

/** The search of these checks, whether it is called a contradiction, and which of some files pass it. */
function look(search: Record<string, unknown>, files: readonly FileInfo[]) {
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
      // Everything but one size is no interval, and nobody asks for it twice.
      fc.pre(!isInverted || values.every((value) => /^[<>]/.test(value)));
      const options = { matchall: true, mismatch: isInverted ? ['size'] : null };
      const { isRefused, passing } = look({ sizes: values, options }, files);
      expect({ values, isInverted, isRefused }).toEqual({ values, isInverted, isRefused: passing === 0 });
    }),
    { numRuns: 500 },
  );
});

test('times are refused when no file passes them all, and only then', () => {
  const files = Array.from({ length: 2 * 5 * 60 }, (_, half) => ({
    size: 0,
    // Between the bounds: a file that is exactly as old passes neither.
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
      const { isRefused, passing } = look({ mtimes: values, options }, files);
      expect({ values, isInverted, isRefused }).toEqual({ values, isInverted, isRefused: passing === 0 });
    }),
    { numRuns: 500 },
  );
});

test('with -matchany each check stands alone', () => {
  const search = { sizes: ['1', '2'], names: ['a', '!a'], options: { matchall: false } };
  expect(look(search, []).isRefused).toBe(false);
});

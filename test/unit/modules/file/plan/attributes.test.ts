import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileAttributes } from '../../../../../modules/file/filesystem/file-info.ts';
import { Parameters } from '../../../../../modules/file/parameters/schema.ts';
import { createPermTest } from '../../../../../modules/file/plan/attributes.ts';
import { createPlans } from '../../../../../modules/file/plan/plan.ts';
import { createTally } from '../../../../../modules/file/tally.ts';
import { createListEntries } from '../../../../../platform/machine/directory/list-entries.ts';
import { createPatternCompiler } from '../../../../../platform/re2/pattern-compiler.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const MINUTE_NS = 60_000_000_000n;
const agoNs = (minutes: number) => BigInt(NOW_MS) * 1_000_000n - BigInt(minutes) * MINUTE_NS;
const FILE: FileAttributes = {
  size: 0,
  mode: 0o100644,
  uid: 0,
  gid: 0,
  mtimeNs: agoNs(0),
  ctimeNs: agoNs(60),
  btimeNs: agoNs(120),
};

/** The answers of a search's checks to one file, and the remarks of the run. */
function answersTo(search: Record<string, unknown>, file: FileAttributes) {
  const tally = createTally();
  const parameters = Parameters.parse({ searches: { s: { paths: ['/'], ...search } } });
  const deps = {
    nowMs: NOW_MS,
    startedMs: 0,
    listEntries: createListEntries(),
    tally,
    compile: createPatternCompiler(),
  };
  const checks = createPlans(parameters, deps).flatMap((plan) => plan.metadata);
  return { answers: checks.map(({ testMetadata }) => testMetadata?.('', file)), remarks: tally.remarks };
}

test('each time is compared on its own', () => {
  const periods = ['<30m', '>30m', '<90m', '>90m', '<3h', '>3h'];
  const answers = (list: string) => answersTo({ [list]: periods }, FILE).answers;
  expect(answers('mtimes')).toEqual([true, false, true, false, true, false]);
  expect(answers('ctimes')).toEqual([false, true, true, false, true, false]);
  expect(answers('btimes')).toEqual([false, true, false, true, true, false]);
});

test('a birth time that is not recorded is neither young nor old', () => {
  const unborn = { ...FILE, btimeNs: undefined };
  expect(answersTo({ btimes: ['<1d', '>1d'] }, unborn).answers).toEqual([undefined, undefined]);
});

test('owners and groups are names of this machine, or numbers', () => {
  const { answers, remarks } = answersTo({ owners: ['root', '0', '1'], groups: ['root', '2'] }, FILE);
  expect({ answers, remarks }).toEqual({ answers: [true, true, false, true, false], remarks: [] });
  const unknown = answersTo({ owners: ['no-such-user'], groups: ['no-such-group'] }, FILE);
  expect(unknown.answers).toEqual([false, false]);
  expect(unknown.remarks.map(({ text }) => text)).toEqual([
    expect.stringContaining('-owner no-such-user: /etc/passwd of this endpoint has no such name'),
    expect.stringContaining('-group no-such-group: /etc/group of this endpoint has no such name'),
  ]);
});

test('permissions mean what they mean for find', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o7777 }), fc.integer({ min: 0, max: 0o7777 }), (mode, bits) => {
      const test = (sign: string) =>
        createPermTest(sign + bits.toString(8))({ ...FILE, mode: 0o100000 | mode });
      const each = Array.from({ length: 12 }, (_, index) => 1 << index).filter((bit) => (bits & bit) !== 0);
      expect(test('')).toBe(mode === bits);
      expect(test('-')).toBe(each.every((bit) => (mode & bit) !== 0));
      expect(test('/')).toBe(each.length === 0 || each.some((bit) => (mode & bit) !== 0));
      expect(test('+')).toBe(test('/'));
    }),
  );
});

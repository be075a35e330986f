import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRows, endpointRows, matrixLines } from '../../../../cli/sweep/matrix.ts';

const check = (id: string, reference: string, level = 'high') => ({
  id,
  reference,
  level,
  title: id,
  url: '',
  expected: '',
});
const checks = [check('modes', 'base', 'low'), check('ssh', 'net', ''), check('sudo', 'base')];
const state = {
  bycheck: { modes: { pass: 3 }, ssh: { fail: 2, pass: 1 }, sudo: { fail: 1, unknown: 12 } },
  waived: { ssh: 1 },
};
const before = {
  bycheck: { modes: { fail: 1, pass: 2 }, ssh: { fail: 2, pass: 1 }, sudo: { pass: 3 } },
};

test('the matrix has most failures first, and how they changed', () => {
  expect(matrixLines(checkRows({ checks, state, before }, 'check'), 'check')).toEqual([
    'check  level  pass  fail  error  unknown  notapplicable  notchecked  waived  trend of fail',
    'ssh              1     2      0        0              0           0       1              =',
    'sudo   high      0     1      0       12              0           0       0             +1',
    'modes  low       3     0      0        0              0           0       0             -1',
  ]);
});

test('checks of one reference are added up, and have the level of the highest', () => {
  const rows = checkRows({ checks, state, before }, 'reference');
  expect(rows.map(({ name, level, counts, trend }) => [name, level, counts, trend])).toEqual([
    ['net', '', { fail: 2, pass: 1 }, 0],
    ['base', 'high', { pass: 3, fail: 1, unknown: 12 }, 0],
  ]);
});

test('the level of a reference does not depend on the order of its checks', () => {
  const level = fc.constantFrom('', 'unknown', 'info', 'low', 'medium', 'High', 'critical');
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), (levels) => {
      const some = levels.map((one, index) => check(`c${index}`, 'same', one));
      const [row] = checkRows({ checks: some, state, before }, 'reference');
      const rank = (one = '') => ['info', 'low', 'medium', 'high', 'critical'].indexOf(one.toLowerCase());
      expect(rank(row?.level)).toBe(Math.max(...levels.map(rank)));
    }),
  );
});

test('a first run has no trend, endpoints have no waivers, and long names are cut', () => {
  const first = checkRows({ checks, state, before: undefined }, 'check');
  expect(matrixLines(first, 'check')[0]).not.toContain('trend');
  const endpoint = {
    agent: 'n'.repeat(60),
    queueloc: 'linux.n',
    answeredrun: 2,
    answeredat: null,
    counts: { fail: 7 },
    flipped: 0,
  };
  expect(matrixLines(endpointRows([endpoint]), 'endpoint')).toEqual([
    `${'endpoint'.padEnd(48)}  level  pass  fail  error  unknown  notapplicable  notchecked`,
    `${'n'.repeat(47)}…            0     7      0        0              0           0`,
  ]);
});

import { expect, test } from 'vitest';
import { NO_TERMS } from '../../../../modules/module.ts';
import { timedrift } from '../../../../modules/timedrift/module.ts';
import { timedriftRun } from '../../../../modules/timedrift/run.ts';

const loadHost = () => Promise.reject(new Error('no host'));

test.each([
  ['-5s', 'drift "-5s": must not be negative'],
  ['NaN', 'drift "NaN": time: invalid duration "NaN"'],
  ['5', 'drift "5": time: missing unit in duration "5"'],
])('a drift of %s is refused by name', async (drift, error) => {
  expect((await timedriftRun.run({ drift }, { loadHost })).errors).toEqual([error]);
  expect(timedrift.findMistake?.({ drift })).toBe(error);
});

test('a program of MIG gets the words of MIG', async () => {
  const terms = { ...NO_TERMS, asMig: true };
  expect((await timedriftRun.run({ drift: 'NaN' }, { loadHost, terms })).errors).toEqual([
    'time: invalid duration "NaN"',
  ]);
  expect(timedrift.checkParameters({ drift: '-5s' })).toBeUndefined();
});

test('other drifts are no mistake', () => {
  for (const drift of ['', '0', '-0', '5s', '1h2m3.5s'])
    expect(timedrift.findMistake?.({ drift })).toBeUndefined();
});

import { expect, test } from 'vitest';
import { parseField } from '../../../../contract/parse-field.ts';
import { RequestedRun } from '../../../../contract/sweep/requests.ts';

const RUN = { plannedat: '2027-01-31T03:00:00Z', parts: [] };
const TARGET = "queueloc='linux.web1.1'";

const read = (run: object) => parseField('run', RequestedRun, JSON.stringify({ ...RUN, ...run }));

test('a trigger of the whole sweep and a verification of a part of it are read', () => {
  expect(read({ kind: 'trigger' })).toMatchObject({ kind: 'trigger' });
  expect(read({ kind: 'verify', checks: ['one'], target: TARGET })).toMatchObject({ checks: ['one'] });
});

test.each([
  ['checks', { kind: 'trigger', checks: ['one'] }],
  ['target', { kind: 'trigger', target: TARGET }],
  ['checks', { kind: 'verify', target: TARGET }],
  ['target', { kind: 'verify', checks: ['one'] }],
])('%s that do not fit the kind of run are refused by name: %j', (field, run) => {
  expect(() => read(run)).toThrow(`run: ${field}: is`);
});

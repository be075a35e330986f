import { expect, test } from 'vitest';
import { parseOperations } from '../../../../contract/sweep/requests.ts';
import { requireWindow, runActions } from '../../../../contract/sweep/run-actions.ts';

const HOUR_MS = 3600_000;
const RUN = { plannedat: '2027-01-31T03:00:00Z', validity: HOUR_MS };

test('the window of a run that mig signs is accepted', () => {
  const sweep = { name: 'nightly', target: "os='linux'", validity: HOUR_MS };
  const [action] = runActions(sweep, { plannedat: RUN.plannedat, operations: ['[]'] });
  expect(action).toMatchObject({ validfrom: '2027-01-31T02:59:00Z', expireafter: '2027-01-31T04:00:00Z' });
  expect(() => requireWindow(action ?? { validfrom: '', expireafter: '' }, RUN)).not.toThrow();
});

test.each([
  ['begins too early', '2027-01-31T02:49:59Z', '2027-01-31T04:00:00Z'],
  ['begins after the planned time', '2027-01-31T03:00:01Z', '2027-01-31T04:00:00Z'],
  ['ends after the validity', '2027-01-31T02:59:00Z', '2027-01-31T04:00:01Z'],
  ['ends before the planned time', '2027-01-31T02:50:00Z', '2027-01-31T02:59:00Z'],
])('a window that %s is refused', (_, validfrom, expireafter) => {
  expect(() => requireWindow({ validfrom, expireafter }, RUN)).toThrow('the window of the run');
});

test.each(['', '{', 'null', '{}', '[null]', '[{"module":5}]'])('%j is refused as operations', (text) => {
  expect(() => parseOperations(text)).toThrow(expect.objectContaining({ name: 'MigError' }));
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { parseCalendar, parseCron } from '../../../../contract/rules/cron.ts';

test.each([
  ['0 3 * * *', ['0 3 * * *']],
  ['*/15 8-18 * * MON-FRI', ['*/15 8-18 * * 1-5']],
  ['  5  4  1,15  jan,JUL  * ', ['5 4 1,15 1,7 *']],
  ['@daily', ['0 0 * * *']],
  ['@Weekly', ['0 0 * * 0']],
  ['0 0 29 2 *', ['0 0 29 2 *']],
])('%s is read', (text, expected) => {
  expect(parseCron(text)).toEqual(expected);
});

test('the day of the month or that of the week is enough, as in cron', () => {
  expect(parseCron('0 0 13 * 5')).toEqual(['0 0 13 * *', '0 0 * * 5']);
});

test('a calendar needs both days to match', () => {
  const fridayThe13th = { minute: '0', hour: '0', dayofmonth: '13', month: '*', dayofweek: 'fri' };
  expect(parseCalendar(fridayThe13th)).toEqual(['0 0 13 * 5']);
});

test.each([
  ['', 'five fields'],
  ['* * * *', 'five fields'],
  ['* * * * * *', 'no seconds'],
  ['* * * * * * *', 'no seconds'],
  ['@every 1s', 'there is no @every'],
  ['@reboot', 'there is no @reboot'],
  ['60 * * * *', "minute '60': must be from 0 to 59"],
  ['0 24 * * *', "hour '24': must be from 0 to 23"],
  ['0 0 0 * *', 'must be from 1 to 31'],
  ['0 0 31 2 *', 'never fires'],
  ['0 0 30-31 feb *', 'never fires'],
  ['0 0 31 2,4,6,9,11 *', 'never fires'],
  ['0 5-3 * * *', 'ends before it begins'],
  ['*/0 * * * *', 'a step must be from 1'],
  ['0 0 L * *', 'must be from 1 to 31'],
  ['0 0 * * 5#3', 'must be *, a number from 0 to 7'],
  ['*5 * * * *', "minute '*5': must be *, a number"],
  ['0 0 * * *-5', 'must be *, a number from 0 to 7'],
  ['0 0 * * *; rm -rf /', 'no seconds'],
])('%s is refused', (text, reason) => {
  expect(() => parseCron(text)).toThrow(reason);
});

test('any text gives expressions of five fields, or an error of ours', () => {
  const piece = fc.constantFrom(
    '*',
    '0',
    '59',
    '1-5',
    '*/7',
    'mon',
    'L',
    '#',
    ',',
    '-',
    '@',
    '1,2',
    '31',
    '2',
    '\n',
    '5/10',
  );
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(piece, { maxLength: 7 }).map((all) => all.join(' ')),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        for (const expression of parseCron(given)) expect(expression).toMatch(/^[\d*/,-]+( [\d*/,-]+){4}$/);
      } catch (error) {
        expect(error).toBeInstanceOf(MigError);
      }
    }),
    { numRuns: 2_000 },
  );
});

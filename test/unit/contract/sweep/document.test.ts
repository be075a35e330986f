import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { parseNewSweep, parseSweep } from '../../../../contract/sweep/document.ts';

const CHECK = { name: 'a check', operations: [{ module: 'file', parameters: { searches: {} } }] };

function documentWith(changes: object = {}): string {
  return JSON.stringify({
    name: 'nightly',
    target: `name = 'web-1'`,
    schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlin' },
    checks: [{ id: 'one', action: CHECK }],
    ...changes,
  });
}

test('defaults are filled in, and durations become milliseconds', () => {
  const sweep = parseSweep(documentWith({ validity: '1h' }));
  expect(sweep).toMatchObject({
    name: 'nightly',
    validity: 3_600_000,
    cronExpressions: ['0 3 * * *'],
    schedule: { jitter: 0, overlap: 'skip', catchup: 600_000, timezone: 'Europe/Berlin' },
    checks: [{ id: 'one', expectations: ['found'] }],
  });
});

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'a\u001b[2J' }, 'name'],
  [{ target: '' }, 'target'],
  [{ schedule: { cron: '0 3 * * *', timezone: 'Europe/Berlyn' } }, 'time zone'],
  [{ schedule: { cron: '0 3 * * *', timezone: '+01:00' } }, 'time zone'],
  [{ schedule: { cron: '0 3 * * *', timezone: 'europe/berlin' } }, 'time zone'],
  [{ schedule: { cron: '0 3 * * *', timezone: 'US/pacific' } }, 'time zone'],
  [{ schedule: { cron: '0 3 * * *', calendar: {} } }, 'either cron or calendar'],
  [{ schedule: {} }, 'either cron or calendar'],
  [{ schedule: { cron: '0 0 31 2 *' } }, 'never fires'],
  [{ schedule: { cron: '* * * * * *' } }, 'no seconds'],
  [{ schedule: { cron: '0 3 * * *', overlap: 'maybe' } }, 'overlap'],
  [{ schedule: { cron: '0 3 * * *', catchup: '2h' } }, 'longer than catchup and jitter'],
  [{ validity: '10' }, 'validity'],
  [{ validity: '1s' }, 'validity'],
  [{ checks: [] }, 'at least one'],
  [{ checks: [{ id: '../x', action: CHECK }] }, 'id'],
  [
    {
      checks: [
        { id: 'one', action: CHECK },
        { id: 'one', action: CHECK },
      ],
    },
    "two have the id 'one'",
  ],
  [{ checks: [{ id: 'one', action: { ...CHECK, compliance: { expect: [] } } }] }, "check 'one'"],
  [{ checks: [{ id: 'one', action: 7 }] }, "check 'one'"],
  [{ chekcs: [] }, 'chekcs'],
])('a document with %j is refused by name', (changes, reason) => {
  expect(() => parseSweep(documentWith(changes))).toThrow(reason);
});

test('any JSON gives a sweep or an error of ours', () => {
  fc.assert(
    fc.property(fc.json(), fc.dictionary(fc.string(), fc.jsonValue()), (json, changes) => {
      for (const text of [json, documentWith(changes)]) {
        try {
          parseSweep(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MigError);
        }
      }
    }),
  );
});

test('a new sweep has a window for late runs that workers can keep to, or none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 120 }), (seconds) => {
      const text = documentWith({ schedule: { cron: '0 3 * * *', catchup: `${seconds}s` } });
      expect(parseSweep(text).schedule.catchup).toBe(seconds * 1000);
      if (seconds === 0 || seconds >= 60) expect(parseNewSweep(text)).toEqual(parseSweep(text));
      else expect(() => parseNewSweep(text)).toThrow('schedule.catchup: must be at least 60s, or 0s');
    }),
  );
});

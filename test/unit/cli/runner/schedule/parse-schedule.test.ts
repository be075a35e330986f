import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSchedule, type Schedule } from '../../../../../cli/runner/schedule/parse-schedule.ts';
import { errorCode } from '../../../../../contract/errors.ts';

/** What gorhill/cronexpr of MIG's vendor folder gave, once: eight times each; null where it refused or crashed. */
const FIXTURE = fileURLToPath(new URL('../../../../fixtures/cron/cronexpr.json', import.meta.url));
const rows: { expression: string; next: string[] | null }[] = JSON.parse(readFileSync(FIXTURE, 'utf8'));
const FROM = Date.parse('2026-11-30T11:42:12Z');
/** Where MIG is wrong: it never fires up to Sunday, and launches without a pause, or ignores what it does not understand. */
const OURS: Record<string, string[] | null> = {
  '0 0 * * 1-7': ['2026-12-01T00:00:00Z', '2026-12-02T00:00:00Z'],
  '0 0 * * 5-7': [
    '2026-12-04T00:00:00Z',
    '2026-12-05T00:00:00Z',
    '2026-12-06T00:00:00Z',
    '2026-12-11T00:00:00Z',
  ],
  '0 0 * * FRI-SUN': ['2026-12-04T00:00:00Z', '2026-12-05T00:00:00Z', '2026-12-06T00:00:00Z'],
  '00 06 01 01 *': ['2027-01-01T06:00:00Z', '2028-01-01T06:00:00Z'],
  '0 0 * * * * * extra': null,
  '0 0 10-5,20 * *': null,
};

const inUtc = (text: string) => parseSchedule(text, FROM, { timeZone: 'UTC' });

function timesOf(schedule: Schedule, { from = FROM, count = 8 } = {}): string[] {
  const times: string[] = [];
  let next = schedule.next(from);
  while (next !== undefined && times.length < count) {
    times.push(new Date(next).toISOString().replace('.000Z', 'Z'));
    next = schedule.next(next);
  }
  return times;
}

function refusalOf(text: string): string {
  try {
    return `accepted: ${timesOf(inUtc(text))}`;
  } catch (error) {
    expect(errorCode(error)).toBe('config_invalid');
    return (error as Error).message;
  }
}

describe('a schedule fires when it does in MIG', () => {
  test.each(rows.filter(({ next, expression }) => next?.length && !(expression in OURS)))(
    '$expression',
    ({ expression, next }) => {
      expect(timesOf(inUtc(expression))).toEqual(next);
    },
  );
});

describe('a schedule that MIG refuses, or that never fires, is refused', () => {
  test.each(rows.filter(({ next, expression }) => !next?.length && !(expression in OURS)))(
    '$expression',
    ({ expression }) => {
      expect(refusalOf(expression)).not.toContain('accepted');
    },
  );
});

test.each(Object.entries(OURS))('where MIG is wrong about %j, ours is right', (expression, next) => {
  if (next === null) expect(refusalOf(expression)).not.toContain('accepted');
  else expect(timesOf(inUtc(expression), { count: next.length })).toEqual(next);
});

test.each([
  ['61 * * * *', 'minute: "61"'],
  ['0 0 30 2 *', '"0 0 30 2 *" never fires'],
  ['* * * * * 1980', 'never fires'],
  ['0 0 * * 5#6', 'day of week: "5#6"'],
  ['* * * *', 'has 4 of 5 to 7 fields'],
  ['', 'has 0 of 5 to 7 fields'],
  ['@reboot', 'has 1 of 5 to 7 fields'],
  ['*/0 * * * *', 'minute: the step of "*/0"'],
  ['0 20-10 * * *', 'hour: "20-10" ends before it starts'],
])('the refusal of %j names the field', (text, words) => {
  expect(refusalOf(text)).toContain(words);
});

test('a schedule of any length is refused', () => {
  expect(refusalOf(`0 0 * * ${'1,'.repeat(1000)}`)).toContain('characters, over 1024');
});

describe('in a zone with summer time', () => {
  const inBerlin = (text: string) => parseSchedule(text, FROM, { timeZone: 'Europe/Berlin' });

  test('a daily run happens once on the day that skips its hour, after the gap', () => {
    const from = Date.parse('2027-03-27T12:00:00Z');
    expect(timesOf(inBerlin('30 2 * * *'), { from, count: 2 })).toEqual([
      '2027-03-28T01:00:00Z',
      '2027-03-29T00:30:00Z',
    ]);
  });

  test('a daily run happens once on the day that repeats its hour', () => {
    const from = Date.parse('2027-10-30T12:00:00Z');
    expect(timesOf(inBerlin('30 2 * * *'), { from, count: 2 })).toEqual([
      '2027-10-31T00:30:00Z',
      '2027-11-01T01:30:00Z',
    ]);
  });

  test('an hourly run happens in both of the repeated hours', () => {
    const from = Date.parse('2027-10-30T23:30:00Z');
    expect(timesOf(inBerlin('0 * * * *'), { from, count: 3 })).toEqual([
      '2027-10-31T00:00:00Z',
      '2027-10-31T01:00:00Z',
      '2027-10-31T02:00:00Z',
    ]);
  });
});

test('any text is refused by name or gives times that grow', () => {
  const part = fc.stringMatching(/^[0-9a-zA-Z*?,/#LW-]{1,6}$/);
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(part, { minLength: 5, maxLength: 7 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(text, (schedule) => {
      let parsed: Schedule;
      try {
        parsed = inUtc(schedule);
      } catch (error) {
        return errorCode(error) === 'config_invalid';
      }
      const times = timesOf(parsed, { count: 3 }).map((time) => Date.parse(time));
      return times.every((time, index) => time > (times[index - 1] ?? FROM));
    }),
    { numRuns: 500 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newDraft } from '../../../../cli/console/launcher/draft.ts';
import { parseTimes } from '../../../../cli/console/launcher/parse-times.ts';
import { unixMillis } from '../../../../contract/go/time.ts';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const { action } = newDraft(undefined);
const times = (start: string, stop: string) => parseTimes(action, { start, stop, nowMs: NOW });
const iso = (ms: number) => new Date(ms).toISOString();

describe('settimes', () => {
  test('takes absolute times, as the example of MIG writes them', () => {
    expect(times('2030-06-30T12:00:00.0Z', '2030-06-30T14:00:00.0Z')).toEqual({
      validfrom: '2030-06-30T12:00:00Z',
      expireafter: '2030-06-30T14:00:00Z',
    });
  });

  test('from now the window ends when it says, and begins at least a minute before', () => {
    const duration = fc.integer({ min: 1, max: 366 * 24 * 3_600 });
    fc.assert(
      fc.property(duration, fc.boolean(), (seconds, hasPlus) => {
        const { validfrom, expireafter } = times('now', `${hasPlus ? '+' : ''}${seconds}s`);
        expect(unixMillis(expireafter)).toBe(NOW + seconds * 1000);
        expect(unixMillis(validfrom)).toBeLessThanOrEqual(NOW - 60_000);
      }),
    );
  });

  test('any window that has not ended, and is no longer than a year, is taken as it is; any other is refused', () => {
    const time = fc.integer({ min: NOW - 4e10, max: NOW + 4e10 });
    fc.assert(
      fc.property(time, time, (start, stop) => {
        const isGood = stop > start && stop > NOW && stop - start <= 366 * 24 * 3_600_000;
        if (!isGood) {
          expect(() => times(iso(start), iso(stop))).toThrow(/^settimes: /);
          return;
        }
        const window = times(iso(start), iso(stop));
        expect([unixMillis(window.validfrom), unixMillis(window.expireafter)]).toEqual([start, stop]);
      }),
    );
  });

  test('a duration counts from the start', () => {
    expect(times('2030-01-01T00:00:00Z', '+1h30m')).toEqual({
      validfrom: '2030-01-01T00:00:00Z',
      expireafter: '2030-01-01T01:30:00Z',
    });
  });

  test.each([
    ['now', 'soon', '"soon" is no time'],
    ['now', '+0s', 'is not later than now'],
    ['now', '-5m', '"-5m" is no time'],
    ['tomorrow', '+5m', '"tomorrow" is no time'],
    ['2030-01-01', '+5m', '"2030-01-01" is no time'],
    ['2030-01-01T00:00:00Z', '2029-01-01T00:00:00Z', 'is not later than 2030'],
    ['2020-01-01T00:00:00Z', '2020-01-02T00:00:00Z', 'is over'],
    ['now', '+90000h', 'longer than a year'],
  ])('refuses %s %s', (start, stop, message) => {
    expect(() => times(start, stop)).toThrow(message);
    expect(() => times(start, stop)).toThrow('settimes now +60m');
  });
});

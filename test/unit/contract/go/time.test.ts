import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timestampFromMillis, toTimestamp, unixMillis, unixSeconds } from '../../../../contract/go/time.ts';

test('digits beyond microseconds are cut off, never rounded into the next second', () => {
  expect(toTimestamp('2026-11-23T06:57:48.9999999Z')).toBe('2026-11-23T06:57:48.999999Z');
  expect(unixSeconds('2026-11-23T06:57:48.9999999Z')).toBe(unixSeconds('2026-11-23T06:57:48Z'));
});

test('offsets are turned into UTC', () => {
  expect(toTimestamp('2020-01-02T04:04:05.1+01:00')).toBe('2020-01-02T03:04:05.1Z');
  expect(toTimestamp('2014-07-31T14:00:20.00442837-07:00')).toBe('2014-07-31T21:00:20.004428Z');
});

test('the sentinels of MIG are times like any other', () => {
  for (const time of ['0001-01-01T00:00:00Z', '0009-01-11T11:11:11Z', '9998-01-11T11:11:11Z']) {
    expect(toTimestamp(time)).toBe(time);
  }
});

test('a text that is not a time is refused', () => {
  for (const text of [
    '',
    'now',
    '2020-01-01',
    '2020-13-01T00:00:00Z',
    '2021-02-29T00:00:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T00:00:00',
    '9999-12-31T23:59:59-23:00',
    '0000-12-31T00:00:00Z',
    '0001-01-01T00:00:00+23:00',
  ]) {
    expect(toTimestamp(text)).toBeUndefined();
  }
});

test('milliseconds agree with the platform for every day of ten thousand years', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1000, 0, 1), max: Date.UTC(9999, 0, 1) }), (ms) => {
      const timestamp = timestampFromMillis(ms);
      expect(unixMillis(timestamp)).toBe(ms);
      expect(new Date(timestamp).getTime()).toBe(ms);
    }),
  );
});

import { expect, test } from 'vitest';
import { microsOf, millisOf, utcTime } from '../../../../cli/export/item-times.ts';

test.each([
  ['2026-11-30T02:00:09.123456Z', 123_456n],
  ['2026-11-30T02:00:09.1Z', 100_000n],
  ['2026-11-30T02:00:09.000001Z', 1n],
  ['2026-11-30T03:00:09+01:00', 0n],
])('%s has its microseconds', (text, micros) => {
  const second = Date.parse('2026-11-30T02:00:09Z');
  expect(microsOf(text)).toBe(BigInt(second) * 1000n + micros);
  expect(millisOf(text)).toBe(second + Number(micros / 1000n));
});

test('a time is written in UTC', () => {
  expect(utcTime('2026-11-30T03:00:09+01:00')).toBe('2026-11-30T02:00:09Z');
});

test.each(['', 'yesterday', '2026-11-31T00:00:00Z', '\u001b[31m'])('%j is refused by name', (text) => {
  const refusal = { code: 'unavailable', message: expect.stringContaining(JSON.stringify(text)) };
  for (const read of [utcTime, millisOf, microsOf]) {
    expect(() => read(text)).toThrow(expect.objectContaining(refusal));
  }
});

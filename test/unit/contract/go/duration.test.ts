import { expect, test } from 'vitest';
import { goDuration, parseDurationMs } from '../../../../contract/go/duration.ts';

test('durations read as Go prints them', () => {
  const cases: [bigint, string][] = [
    [0n, '0s'],
    [999n, '999ns'],
    [486_286n, '486.286µs'],
    [1_500_000n, '1.5ms'],
    [1_500_000_000n, '1.5s'],
    [123_500_000_000n, '2m3.5s'],
    [3_600_000_000_000n, '1h0m0s'],
  ];
  for (const [ns, text] of cases) expect(goDuration(ns)).toBe(text);
});

test('durations are read as Go reads them, and no other text is', () => {
  expect(['300s', '1h30m', '1.5h', '5ms', '0s'].map(parseDurationMs)).toEqual([
    300_000, 5_400_000, 5_400_000, 5, 0,
  ]);
  for (const text of ['', '60', '5d', '1h 30m', '-5m', 'soon', '1.s']) {
    expect(parseDurationMs(text), text).toBeUndefined();
  }
});

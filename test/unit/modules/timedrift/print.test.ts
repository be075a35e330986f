import { expect, test } from 'vitest';
import { formatRfc3339, printGoTime } from '../../../../modules/timedrift/format-time.ts';
import { timedrift } from '../../../../modules/timedrift/module.ts';
import { printResult } from '../../../../modules/timedrift/print.ts';

test('a comparison is printed as MIG prints it', () => {
  const { result } = timedrift.about.example;
  const unreachable = { host: 'b', time: '', latency: '', drift: '', reachable: false };
  const { ntpstats } = result.statistics as { ntpstats: object[] };
  const statistics = { exectime: '62.7ms', ntpstats: [unreachable, ...ntpstats] };
  expect(printResult({ ...result, statistics, errors: ['the reason'] }, { foundOnly: false })).toEqual([
    'local time is 2026-11-24T12:00:00.123Z',
    'local time is out of sync from NTP servers',
    'Local time is behind ntp host time.nist.gov by 12.41s',
    'error:',
    'the reason',
    'stat: execution time was 62.7ms',
    'stat: b was unreachable',
    'stat: time.nist.gov responded in 44.1ms with time 2026-11-24 12:00:12.533 +0000 UTC. local time drifts by -12.41s',
    'timedrift module has succeeded',
  ]);
  const elements = { hascheckeddrift: true, iswithindrift: true, localtime: 'T' };
  expect(printResult({ ...result, elements }, { foundOnly: true })).toEqual([
    'local time is T',
    'local time is within acceptable drift from NTP servers',
  ]);
});

test('a time has its nanoseconds and its zone', () => {
  const ns = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n;
  expect(formatRfc3339(ns)).toBe('2026-01-02T03:04:05Z');
  expect(formatRfc3339(ns + 120_000_000n, 330)).toBe('2026-01-02T08:34:05.12+05:30');
  expect(formatRfc3339(ns + 1n, -210)).toBe('2026-01-01T23:34:05.000000001-03:30');
  expect(formatRfc3339(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
});

test('Go prints a time in UTC, and a text that is none as it is', () => {
  expect(printGoTime('2026-01-02T08:34:05.12+05:30')).toBe('2026-01-02 03:04:05.12 +0000 UTC');
  expect(printGoTime('2026-99-02T03:04:05Z')).toBe('2026-99-02T03:04:05Z');
  expect(printGoTime('soon')).toBe('soon');
});

test('the command line refuses every duration that is none in one sentence', () => {
  expect(timedrift.parseFlags([])).toEqual({ drift: '' });
  expect(timedrift.parseFlags(['-drift', '-3m'])).toEqual({ drift: '-3m' });
  for (const drift of ['', '5', '1d', 'soon']) {
    expect(() => timedrift.parseFlags(['-drift', drift])).toThrow('invalid drift duration. try help.');
  }
  expect(timedrift.checkParameters({ drift: '5' })).toBe('time: missing unit in duration "5"');
});

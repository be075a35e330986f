import { expect, test } from 'vitest';
import { ping } from '../../../../modules/ping/module.ts';
import { printResult } from '../../../../modules/ping/print.ts';

const { result } = ping.about.example;
const failures = ['ping #2 failed with error: no route to host'];

test('every number of a probe has its line', () => {
  const elements = {
    protocol: 'tcp',
    resolvedhost: 'h:80 (10.0.0.1)',
    latencies: [26.6, 0, -1, 9_999_999],
    failures,
  };
  expect(printResult({ ...result, elements, errors: ['the reason'] }, { foundOnly: false })).toEqual([
    'tcp ping of h:80 (10.0.0.1) succeeded. Target is reachable.',
    'ping #1 succeeded in 27ms',
    'ping #2 failed, reason unknown',
    'ping #3 failed, target was unreachable',
    'ping #4 failed, connection timed out',
    'ping #2 failed with error: no route to host',
    'error: the reason',
  ]);
});

test('a udp probe without an answer may have succeeded', () => {
  const elements = {
    protocol: 'udp',
    resolvedhost: 'h:53 (10.0.0.1)',
    latencies: [9_999_999],
    failures: null,
  };
  expect(printResult({ ...result, elements }, { foundOnly: false })).toContain(
    'ping #1 may have succeeded (no udp response)',
  );
});

test('a host that was not reached is no finding', () => {
  const missed = { ...result, foundanything: false };
  expect(printResult(missed, { foundOnly: true })).toEqual([]);
  expect(printResult(missed, { foundOnly: false })[0]).toBe(
    'tcp ping of proxy.example.net:3128 (198.51.100.7) failed. Target is no reachable.',
  );
  expect(printResult(result, { foundOnly: true })).toHaveLength(1);
  expect(printResult({ ...result, elements: null, errors: ['e'] }, { foundOnly: false })).toEqual([
    'error: e',
  ]);
});

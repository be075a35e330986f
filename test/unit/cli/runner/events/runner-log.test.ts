import { expect, test } from 'vitest';
import { createBackoff, sleepUnlessAborted } from '../../../../../cli/runner/events/backoff.ts';
import { createRunnerLog } from '../../../../../cli/runner/events/runner-log.ts';

function logged(json: boolean): string[] {
  const lines: string[] = [];
  const push = (line: string) => void lines.push(line);
  const log = createRunnerLog(
    { note: push, json: push },
    { json, now: () => Date.parse('2026-12-01T06:00:00.5Z') },
  );
  log({ event: 'started', message: 'runner started' });
  log({ event: 'launched', job: 'daily', message: 'launched action 7', facts: { actionId: 7 } });
  log({ event: 'launch-failed', level: 'error', job: 'daily', message: 'launch failed\nbadly' });
  return lines;
}

test('each event is one line of text', () => {
  expect(logged(false)).toEqual([
    '2026-12-01T06:00:00Z runner started',
    '2026-12-01T06:00:00Z daily: launched action 7',
    '2026-12-01T06:00:00Z [error] daily: launch failed\nbadly',
  ]);
});

test('or one JSON object with its facts', () => {
  expect(logged(true).map((line) => JSON.parse(line))[1]).toEqual({
    time: '2026-12-01T06:00:00.500Z',
    level: 'info',
    event: 'launched',
    job: 'daily',
    message: 'launched action 7',
    actionId: 7,
  });
});

test('waits double up to five minutes', () => {
  const { next } = createBackoff();
  const waits = Array.from({ length: 11 }, next);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
});

test('a wait ends when the runner stops', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  expect(await sleepUnlessAborted(60_000, stop.signal)).toBe(false);
  expect(await sleepUnlessAborted(1, new AbortController().signal)).toBe(true);
});

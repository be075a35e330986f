import { expect, test } from 'vitest';
import { lateStopNote, slowRateNote } from '../../../cli/action/brakes.ts';

const HOUR_MS = 3600_000;

test('a rate that is too slow for the validity of an action is told with how many it asks', () => {
  expect(slowRateNote({ perminute: 60 }, { agents: 10_000, withinMs: HOUR_MS })).toBe(
    'at this rate at most 3600 of about 10000 agents are asked before the action expires; the others are never asked, and end as expired',
  );
});

test('a rate that is fast enough, and brakes without one, need no note', () => {
  expect(slowRateNote({ perminute: 60 }, { agents: 3_600, withinMs: HOUR_MS })).toBeUndefined();
  expect(slowRateNote({}, { agents: 10_000, withinMs: 1 })).toBeUndefined();
});

test('a limit that comes too late to keep commands back is told with what to add', () => {
  const stopat = { failedpercent: 10 };
  expect(lateStopNote({ stopat })).toContain('add -canary or -rate');
  expect(lateStopNote({ stopat, windows: [] })).toContain('add -canary or -rate');
  expect(lateStopNote({ stopat, canary: { agents: 5 } })).toBeUndefined();
  expect(lateStopNote({ stopat, perminute: 60 })).toBeUndefined();
  expect(lateStopNote({})).toBeUndefined();
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readHandledMs, writeHandledMs } from '../../../../../cli/runner/jobs/run-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-runner-record-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ms = Date.parse('2026-12-01T06:00:00Z');

test('what was dealt with is known after a restart, for the same schedule', () => {
  expect(readHandledMs(folder, '@daily')).toBeUndefined();
  writeHandledMs(folder, { schedule: '@daily', ms });
  expect(readHandledMs(folder, '@daily')).toBe(ms);
  expect(readHandledMs(folder, '@hourly')).toBeUndefined();
});

test.each(['', '{', '{"schedule": "@daily", "until": "yesterday"}', '[]'])(
  'garbage is refused by name: %j',
  (text) => {
    writeFileSync(join(folder, 'last-run.json'), text);
    expect(() => readHandledMs(folder, '@daily')).toThrow('last-run.json: cannot be read');
  },
);

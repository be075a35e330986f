import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendFile } from '../../../agent/append-file.ts';
import { Strikes } from '../../../agent/limits/strikes.ts';
import { readReport } from '../../../agent/report/read.ts';
import { Report, reportFiles } from '../../../agent/report/report.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let folder: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-report-'));
  now = Date.UTC(2026, 0, 15);
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (options: { keepMs?: number; isForEveryone?: boolean } = {}) =>
  new Report(folder, { keepMs: 365 * DAY_MS, isForEveryone: false, ...options, now: () => now });
const refusal = { code: 'json_invalid', reason: 'not JSON' };

describe('the report', () => {
  test('is a file a month, and old months go when their time is over', () => {
    const report = open({ keepMs: 60 * DAY_MS });
    for (const month of [0, 1, 2, 5]) {
      now = Date.UTC(2026, month, 15);
      report.refused(refusal);
    }
    report.close();
    expect(reportFiles(folder).map((file) => file.slice(-13))).toEqual(['2026-06.jsonl']);
  });

  test('belongs to the owner of the machine, and to everybody where the configuration says so', () => {
    open().refused(refusal);
    const mode = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);
    expect([mode('.'), mode('report'), mode('report/2026-01.jsonl')]).toEqual(['700', '700', '600']);
    rmSync(join(folder, 'report'), { recursive: true });
    open({ isForEveryone: true }).refused(refusal);
    expect([mode('.'), mode('report'), mode('report/2026-01.jsonl')]).toEqual(['711', '755', '644']);
  });

  test('counts what is too much in an hour instead of keeping it', async () => {
    const report = open();
    const kept = Array.from({ length: 800 }, () => report.refused(refusal)).filter(Boolean).length;
    expect(kept).toBe(500);
    now += HOUR_MS;
    expect(report.refused(refusal)).toBe(true);
    const entries = await readReport(folder);
    expect(entries).toHaveLength(502);
    expect(entries.at(-2)).toMatchObject({
      verdict: 'not recorded',
      reason: expect.stringContaining('300 more'),
    });
  });

  test('survives a line that a crash left half written', async () => {
    open().refused(refusal);
    writeFileSync(join(folder, 'report/2026-01.jsonl'), '{"event":"refused","ti', { flag: 'a' });
    open().refused(refusal);
    expect(await readReport(folder)).toHaveLength(2);
  });
});

test('a line is on an append-only file whole or not at all', () => {
  const file = join(folder, 'lines');
  const lines = new AppendFile(file, 0o600);
  lines.append({ a: 1 }, { sync: true });
  lines.close();
  writeFileSync(file, '{"b":', { flag: 'a' });
  new AppendFile(file, 0o600).append({ c: 3 }, { sync: false });
  expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"c":3}\n');
});

describe('a module that was killed twice with the same parameters', () => {
  const killed = { breach: 'memory' as const };
  test('is refused for an hour, also after a restart; other parameters are not', () => {
    const strikes = new Strikes(folder);
    strikes.add('file', { a: 1, b: 2 }, { ...killed, nowMs: now });
    expect(() => strikes.check('file', { a: 1, b: 2 }, now)).not.toThrow();
    strikes.add('file', { b: 2, a: 1 }, { ...killed, nowMs: now });
    const restarted = new Strikes(folder);
    expect(() => restarted.check('file', { a: 1, b: 2 }, now + HOUR_MS - 1)).toThrow(
      /refused until 2026-01-15T01:00/,
    );
    expect(() => restarted.check('file', { a: 2 }, now)).not.toThrow();
    expect(() => restarted.check('file', { a: 1, b: 2 }, now + HOUR_MS)).not.toThrow();
  });

  test('is not refused for longer because the clock was set back', () => {
    const strikes = new Strikes(folder);
    for (const _ of [1, 2]) strikes.add('file', {}, { ...killed, nowMs: now + 365 * DAY_MS });
    expect(() => strikes.check('file', {}, now)).not.toThrow();
  });
});

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wholeParameters } from '../../../../agent/report/lines.ts';
import { printReportJson, printText } from '../../../../agent/report/print.ts';
import { parseSince, type ReportEntry, readReport } from '../../../../agent/report/read.ts';
import { Report, type ReportOptions } from '../../../../agent/report/report.ts';
import { reportFiles } from '../../../../agent/report/report-files.ts';
import { Strikes } from '../../../../agent/run/limits/strikes.ts';
import { type Command, parseCommand } from '../../../../contract/command.ts';
import { commandJson } from '../../../../dev/simulation/relay-client.ts';
import { AppendFile } from '../../../../platform/files/append-file.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let folder: string;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-report-'));
  now = Date.UTC(2026, 0, 15);
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (options: Partial<ReportOptions> = {}) =>
  new Report(folder, { keepMs: 365 * DAY_MS, isForEveryone: false, ...options, now: () => now });
const refusal = { code: 'json_invalid', reason: 'not JSON' };

describe('the report', () => {
  test('has one file a month, and old months are removed', () => {
    const report = open({ keepMs: 60 * DAY_MS });
    for (const month of [0, 1, 2, 5]) {
      now = Date.UTC(2026, month, 15);
      report.recordRefused(refusal);
    }
    report.close();
    expect(reportFiles(folder).map((file) => file.slice(-13))).toEqual(['2026-06.jsonl']);
  });

  test('is readable by the owner of the machine, or by everybody where so configured', () => {
    open().recordRefused(refusal);
    const mode = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);
    expect([mode('.'), mode('report'), mode('report/2026-01.jsonl')]).toEqual(['700', '700', '600']);
    rmSync(join(folder, 'report'), { recursive: true });
    open({ isForEveryone: true }).recordRefused(refusal);
    expect([mode('.'), mode('report'), mode('report/2026-01.jsonl')]).toEqual(['711', '755', '644']);
  });

  test('counts the refusals beyond 500 in an hour instead of recording them', async () => {
    const report = open();
    const kept = Array.from({ length: 800 }, () => report.recordRefused(refusal)).filter(Boolean).length;
    expect(kept).toBe(500);
    now += HOUR_MS;
    expect(report.recordRefused(refusal)).toBe(true);
    const entries = readReport(folder);
    expect(entries).toHaveLength(502);
    expect(entries.at(-2)).toMatchObject({
      verdict: 'not recorded',
      reason: expect.stringContaining('300 more'),
    });
  });

  test('survives a line that a crash left half written', async () => {
    open().recordRefused(refusal);
    writeFileSync(join(folder, 'report/2026-01.jsonl'), '{"event":"refused","ti', { flag: 'a' });
    open().recordRefused(refusal);
    expect(readReport(folder)).toHaveLength(2);
  });
});

test('a report that cannot be read is an error that names it', () => {
  const report = join(folder, 'report');
  expect(() => readReport(folder)).toThrow(`there is no report in ${report}, or it is not yours to read`);
  writeFileSync(report, '');
  expect(() => readReport(folder)).toThrow(
    `${report}: cannot be read: it, or a part of its path, is no folder`,
  );
});

test('a line that a crash cut short is removed from an append-only file', () => {
  const file = join(folder, 'lines');
  const lines = new AppendFile(file, 0o600);
  lines.append({ a: 1 }, { sync: true });
  lines.close();
  writeFileSync(file, '{"b":', { flag: 'a' });
  new AppendFile(file, 0o600).append({ c: 3 }, { sync: false });
  expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"c":3}\n');
});

describe('the report of a flood', () => {
  test('records at most 500 refusals in any hour, whenever it begins', () => {
    const pause = fc.integer({ min: 0, max: HOUR_MS / 4 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pause, fc.integer({ min: 1, max: 400 })), { maxLength: 20 }),
        (bursts) => {
          rmSync(join(folder, 'report'), { recursive: true, force: true });
          const report = open();
          const recorded: number[] = [];
          for (const [pauseMs, count] of bursts) {
            now += pauseMs;
            for (let i = 0; i < count; i++) if (report.recordRefused(refusal)) recorded.push(now);
          }
          report.close();
          for (const [index, ms] of recorded.entries()) {
            const sixHundredth = recorded[index + 500];
            if (sixHundredth !== undefined) expect(sixHundredth - ms).toBeGreaterThanOrEqual(HOUR_MS);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('does not start a new hour when the agent restarts', () => {
    const first = open();
    for (let i = 0; i < 500; i++) first.recordRefused(refusal);
    first.close();
    const second = open();
    expect(second.recordRefused(refusal)).toBe(false);
    now += HOUR_MS;
    expect(second.recordRefused(refusal)).toBe(true);
    second.close();
  });

  test('of large commands removes no recorded command, and leaves room for small ones', () => {
    const maxBytes = 4 * 1024 * 1024;
    const report = open({ maxBytes });
    report.recordAccepted(report.lineOf(commandOf({ evidence: 'what somebody looked for' }), []));
    const refused = () => {
      try {
        report.recordAccepted(
          report.lineOf(commandOf({ noise: randomBytes(100_000).toString('base64') }), []),
        );
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'report_full' });
        return true;
      }
    };
    let taken = 0;
    for (let i = 0; i < 100; i++) if (!refused()) taken++;
    expect(taken).toBeGreaterThan(10);
    for (let i = 0; i < 300; i++) report.recordAccepted(report.lineOf(commandOf({ small: i }), []));
    for (let i = 0; i < 2000; i++) report.recordRefused({ ...refusal, reason: 'x'.repeat(400) });
    now += 20 * DAY_MS; // the next month
    expect(refused()).toBe(true);
    expect(parametersIn(readReport(folder))[0]).toEqual({ evidence: 'what somebody looked for' });
    now += 40 * DAY_MS; // old enough to make room
    expect(refused()).toBe(false);
    report.close();
    const bytes = reportFiles(folder).reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(maxBytes);
  });
});

describe('the report for the owner', () => {
  test('shows every parameter whole, however long, compressed or not', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat(900_000).map((length) => 'padding '.repeat(length / 8)),
      fc.nat(400_000).map((length) => randomBytes(length).toString('base64')),
    );
    fc.assert(
      fc.property(
        fc.record({ before: text, after: text }),
        fc.boolean(),
        ({ before, after }, isCompressed) => {
          rmSync(join(folder, 'report'), { recursive: true, force: true });
          const parameters = { before, search: 'the hidden one', after };
          const report = open();
          report.recordAccepted(report.lineOf(commandOf(parameters, isCompressed), []));
          report.close();
          expect(parametersIn(readReport(folder))).toEqual([parameters]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('shows who signed a refused action', () => {
    const report = open();
    const signers = [{ name: 'Bob', fingerprint: 'A'.repeat(40) }];
    report.recordRefused({ command: commandOf({}), signers, code: 'acl_denied', reason: 'no' });
    report.close();
    expect(readReport(folder)).toMatchObject([{ verdict: 'refused', signers, modules: ['file'] }]);
  });

  test('begins at the time of -since, which accepts only times and durations', () => {
    const report = open();
    report.recordRefused(refusal);
    now += DAY_MS;
    report.recordRefused(refusal);
    report.close();
    const count = (since: string) => readReport(folder, { sinceMs: parseSince(since, now) }).length;
    expect([
      count('2026-01-15'),
      count('2026-01-16'),
      count('2026-01-16T01:00:00+01:00'),
      count('2026-01-17'),
    ]).toEqual([2, 1, 1, 0]);
    expect([count('24h'), count('23h59m'), count('0s'), count('9999999h')]).toEqual([2, 1, 1, 2]);
    const rubbish = fc
      .oneof(
        fc.string(),
        fc.constantFrom(
          'yesterday',
          '2026',
          '2026-13-01',
          '2026-02-30',
          '2026-01-01T25:00:00Z',
          '',
          '-1',
          '12:00',
          '7d',
          'h',
          '24',
          '24 h',
          '-24h',
          '24hours',
          '1h2',
          '1e3h',
        ),
      )
      .filter(
        (text) =>
          !/^\d{4}-\d\d-\d\d/.test(text) || text.includes('13') || text.includes('30') || text.includes('25'),
      );
    fc.assert(
      fc.property(rubbish, (text) => {
        expect(() => parseSince(text, now)).toThrow(expect.objectContaining({ code: 'usage' }));
      }),
    );
  });

  test('is readable by everybody where so configured, whatever the umask of the service', () => {
    const before = process.umask(0o077);
    try {
      open().recordRefused(refusal);
      open({ isForEveryone: true }).close();
      const mode = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);
      expect([mode('.'), mode('report'), mode('report/2026-01.jsonl')]).toEqual(['711', '755', '644']);
      rmSync(join(folder, 'report'), { recursive: true });
      open({ isForEveryone: true }).recordRefused(refusal);
      expect(mode('report/2026-01.jsonl')).toBe('644');
    } finally {
      process.umask(before);
    }
  });
});

function commandOf(parameters: object, isCompressed = false): Command {
  const operation = isCompressed
    ? {
        module: 'file',
        parameters: gzipSync(JSON.stringify(parameters)).toString('base64'),
        is_compressed: true,
      }
    : { module: 'file', parameters };
  const action = {
    id: 1,
    name: 'an action',
    target: 'true',
    validfrom: '2026-01-01T00:00:00Z',
    expireafter: '2026-02-01T00:00:00Z',
    operations: [],
    pgpsignatures: [],
    syntaxversion: 2,
  };
  const bare = parseCommand(Buffer.from(commandJson(7, JSON.stringify(action), 'linux.x')));
  return { ...bare, action: { ...bare.action, operations: [operation] } };
}

function parametersIn(entries: ReturnType<typeof readReport>): unknown[] {
  return entries.flatMap(({ operations = [] }) => operations.map(wholeParameters));
}

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

  test('is forgotten when the file of strikes is damaged, and the agent continues', () => {
    const file = join(folder, 'strikes.json');
    const content = fc.oneof(
      fc.constantFrom('', '[1]', '{}', 'null', '[["a"]]', '[["a",null]]', '[["a",{"count":2}]]', '[[1,{}]]'),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(content, (text) => {
        writeFileSync(file, text);
        const strikes = new Strikes(folder);
        expect(() => strikes.check('file', {}, now)).not.toThrow();
        for (const _ of [1, 2]) strikes.add('file', {}, { ...killed, nowMs: now });
        expect(() => new Strikes(folder).check('file', {}, now)).toThrow(/refused until/);
      }),
    );
  });

  test('is not refused for longer because the clock was set back', () => {
    const strikes = new Strikes(folder);
    for (const _ of [1, 2]) strikes.add('file', {}, { ...killed, nowMs: now + 365 * DAY_MS });
    expect(() => strikes.check('file', {}, now)).not.toThrow();
  });
});

test("signed text neither controls the owner's terminal nor hides another line", () => {
  const orders = '\u001b[2K\u001b[1A\u009b2K\r\n\u202e\u2028';
  const entry: ReportEntry = {
    time: '2026-01-15T00:00:00.000Z',
    verdict: 'answered',
    command: 1,
    action: { id: 2, name: orders },
    signers: [{ name: orders, fingerprint: 'F' }],
    operations: [{ module: orders, parameters: { [orders]: orders } }],
    modules: [orders],
    status: 'success',
    answers: [{ module: orders, foundAnything: true, bytes: 1, errors: [orders] }],
    answeredAt: '2026-01-15T00:00:01.000Z',
    reason: orders,
  };
  const text = [...printText([entry])].join('');
  expect(text.trimEnd().split('\n')).toHaveLength(5);
  const json = [...printReportJson([entry])].join('');
  for (const printed of [text, json])
    expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(json)[0].reason).toBe(orders);
});

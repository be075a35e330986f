import { PassThrough } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createOutput } from '../../../../cli/terminal/output.ts';
import type { OutputFormat } from '../../../../cli/terminal/output-format.ts';
import { createRecordList } from '../../../../cli/terminal/record-list.ts';
import { recordTable } from '../../../../cli/terminal/record-table.ts';

const Host = z.looseObject({ id: z.number(), name: z.string(), at: z.string(), os: z.string().optional() });
const TABLE = recordTable('host', Host, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'at', kind: 'time', of: ({ at }) => at },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  { name: 'os', kind: 'word', isExtra: true, of: ({ os }) => os ?? null },
]);
const HOSTS = [
  { id: 7, name: '=cmd|x', at: '2026-05-06T07:08:09.123456Z', os: 'linux', more: [1] },
  { id: 1234, name: '', at: '0001-01-01T00:00:00Z' },
];
const HOSTILE = { id: 9, name: '\u001b[2J"\n,\ud800', at: 'soon' };

async function printed(
  format: OutputFormat,
  records: readonly unknown[],
  { isTTY = false, columns = 80 } = {},
): Promise<{ stdout: string; stderr: string; odd: number }> {
  const stdout = Object.assign(new PassThrough(), { isTTY, columns });
  const stderr = Object.assign(new PassThrough(), { isTTY, columns });
  const output = createOutput({ stdout: stdout as never, stderr: stderr as never, env: { NO_COLOR: '1' } });
  const list = createRecordList({ output, format, table: TABLE });
  for (const record of records) await list.add(record);
  const odd = list.end();
  return { stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? ''), odd };
}

describe('json', () => {
  test('is one document with all fields of the records', async () => {
    const { stdout, stderr } = await printed('json', HOSTS);
    expect(JSON.parse(stdout)).toEqual(HOSTS);
    expect(stderr).toBe('');
  });

  test.each([0, 1, 2])('is a list of %i records', async (count) => {
    expect(JSON.parse((await printed('json', HOSTS.slice(0, count))).stdout)).toEqual(HOSTS.slice(0, count));
  });
});

test('jsonl is one line for each record, and nothing for none', async () => {
  const { stdout } = await printed('jsonl', HOSTS);
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(HOSTS);
  expect((await printed('jsonl', [])).stdout).toBe('');
});

test('csv has all columns, times in full, and guards formulas', async () => {
  const { stdout } = await printed('csv', [...HOSTS, HOSTILE]);
  expect(stdout.split('\r\n').slice(0, 2)).toEqual([
    '"id","at","name","os"',
    `7,"2026-05-06T07:08:09.123456Z","'=cmd|x","linux"`,
  ]);
  const records: unknown = parse(stdout, { columns: true, record_delimiter: '\r\n' });
  expect(records).toMatchObject([
    { id: '7' },
    { id: '1234', os: '', name: '' },
    { id: '9', name: '\\u{1b}[2J"\\u{a},\\u{d800}' },
  ]);
});

test('a table has times to the second, and a text in every cell', async () => {
  const { stdout, stderr } = await printed('table', HOSTS);
  expect(stderr).toBe('  id  at                    name\n');
  expect(stdout).toBe('   7  2026-05-06T07:08:09Z  =cmd|x\n1234  -                     ""\n');
});

test('wide has more columns', async () => {
  const { stdout, stderr } = await printed('wide', HOSTS);
  expect(stderr).toMatch(/name +os$/m);
  expect(stdout).toMatch(/^1234 .* "" +-$/m);
});

test('a terminal gets the titles with the rows, and no line that is wider', async () => {
  const long = { id: 1, name: 'x'.repeat(200), at: 'soon' };
  const { stdout, stderr } = await printed('table', [long], { isTTY: true, columns: 40 });
  expect(stderr).toBe('');
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^ 1 {2}soon {2}x{29}…$/);
});

test('a record of another shape hides no other: it is printed as JSON, and in CSV counted', async () => {
  const odd = { id: 'seven' };
  for (const format of ['table', 'wide'] as const) {
    expect((await printed(format, [odd, HOSTS[0]])).stdout).toContain(
      'host of unknown shape: {"id":"seven"}\n',
    );
  }
  expect(JSON.parse((await printed('json', [odd])).stdout)).toEqual([odd]);
  const csv = await printed('csv', [odd, HOSTS[0]]);
  expect(csv).toMatchObject({ odd: 1, stderr: 'host of unknown shape: {"id":"seven"}\n' });
  expect(csv.stdout.split('\r\n')).toHaveLength(3);
});

test.each(['json', 'jsonl', 'csv', 'table', 'wide'] as const)(
  '%s cannot control the terminal',
  async (format) => {
    const { stdout } = await printed(format, [HOSTILE]);
    expect(stdout.replaceAll(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  },
);

test('a reader that is slow is waited for, so that the list takes no memory', async () => {
  const stdout = Object.assign(new PassThrough({ highWaterMark: 1024 }), { isTTY: false });
  const stderr = Object.assign(new PassThrough(), { isTTY: false });
  const output = createOutput({ stdout: stdout as never, stderr: stderr as never });
  const list = createRecordList({ output, format: 'jsonl', table: TABLE });
  let added = 0;
  const adding = (async () => {
    for (; added < 10_000; added++) await list.add(HOSTS[0]);
    list.end();
    stdout.end();
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(added).toBeLessThan(100);
  let bytes = 0;
  for await (const chunk of stdout) bytes += (chunk as Buffer).length;
  await adding;
  expect({ added, isWhole: bytes > 10_000 * 50 }).toEqual({ added: 10_000, isWhole: true });
});

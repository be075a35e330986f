import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ExportFormat } from '../../../../cli/export/export-format.ts';
import { EXPORT_FORMATS } from '../../../../cli/export/formats.ts';
import { writeExport } from '../../../../cli/export/write-export.ts';
import type { ComplianceItem } from '../../../../contract/sweep/item.ts';
import { complianceItem, EXPORT_OPTIONS, each, sweepReport } from '../../../setup/compliance-items.ts';
import { defined } from '../../../setup/defined.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const formatOf = (name: string): ExportFormat =>
  defined(EXPORT_FORMATS.find((format) => format.name === name));

function exportTo(
  file: string | undefined,
  change: Partial<Parameters<typeof writeExport>[0]> = {},
): Promise<number> {
  return writeExport({
    format: formatOf('jsonl'),
    report: sweepReport(),
    items: each([complianceItem(), complianceItem()]),
    options: EXPORT_OPTIONS,
    file,
    mayOverwrite: false,
    stdout: new PassThrough(),
    ...change,
  });
}

test('the file has all items and mode 0600, and its count is returned', async () => {
  const file = join(folder, 'items.jsonl');
  expect(await exportTo(file)).toBe(2);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(3);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['items.jsonl']);
});

test.each(EXPORT_FORMATS)('$name is written in blocks without a loss', async (format) => {
  const file = join(folder, `items.${format.ending}`);
  const items = Array.from({ length: 500 }, (_, index) => complianceItem({ queueloc: `linux.${index}` }));
  expect(await exportTo(file, { format, items: each(items) })).toBe(500);
  const stdout = new PassThrough();
  const written = text(stdout);
  expect(await exportTo(undefined, { format, items: each(items), stdout })).toBe(500);
  stdout.end();
  expect(readFileSync(file, 'utf8')).toBe(await written);
});

test('an existing file is kept, unless it may be overwritten', async () => {
  const file = join(folder, 'items.jsonl');
  writeFileSync(file, 'kept');
  await expect(exportTo(file)).rejects.toMatchObject({ code: 'conflict', message: /exists/ });
  expect(readFileSync(file, 'utf8')).toBe('kept');
  expect(await exportTo(file, { mayOverwrite: true })).toBe(2);
  expect(readFileSync(file, 'utf8')).toMatch(/^\{"report"/);
});

test('a file that comes while items are written is kept', async () => {
  const file = join(folder, 'items.jsonl');
  async function* items(): AsyncGenerator<ComplianceItem> {
    writeFileSync(file, 'kept');
    yield complianceItem();
  }
  await expect(exportTo(file, { items: items() })).rejects.toMatchObject({ code: 'conflict' });
  expect(readFileSync(file, 'utf8')).toBe('kept');
  expect(readdirSync(folder)).toEqual(['items.jsonl']);
});

test('what is no regular file is never replaced', async () => {
  const file = join(folder, 'link');
  symlinkSync('/dev/null', file);
  const writing = exportTo(file, { mayOverwrite: true });
  await expect(writing).rejects.toMatchObject({ code: 'conflict', message: /regular file/ });
});

test('when the items break off, no file appears', async () => {
  async function* items(): AsyncGenerator<ComplianceItem> {
    yield complianceItem();
    throw new Error('the API is gone');
  }
  const file = join(folder, 'items.jsonl');
  await expect(exportTo(file, { items: items() })).rejects.toThrow('the API is gone');
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that is missing is named', async () => {
  const file = join(folder, 'none', 'items.jsonl');
  await expect(exportTo(file)).rejects.toMatchObject({ code: 'usage', message: new RegExp(file) });
});

test.each(['before', 'while'])(
  'a reader that closes stdout %s items are written is no error',
  async (when) => {
    const reader = spawn('head', ['-c', '1'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const exit = once(reader, 'exit');
    if (when === 'before') {
      reader.stdin.write('x');
      await exit;
    }
    let asked = 0;
    async function* items(): AsyncGenerator<ComplianceItem> {
      while (asked < 1_000_000) {
        asked++;
        yield complianceItem();
      }
    }
    const count = await exportTo(undefined, { items: items(), stdout: reader.stdin });
    expect(count).toBe(asked);
    expect(count).toBeLessThan(100_000);
    await exit;
  },
);

test('a terminal gets no binary format', async () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true });
  const writing = exportTo(undefined, { format: formatOf('parquet'), stdout });
  await expect(writing).rejects.toMatchObject({ code: 'usage', message: /binary/ });
});

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { csv } from '../../../../cli/export/csv.ts';
import type { ComplianceItem } from '../../../../contract/sweep/item.ts';
import { printable } from '../../../../contract/text/printable.ts';
import { complianceItem, exportable, exported, sweepReport } from '../../../setup/compliance-items.ts';

const Records = z.array(z.record(z.string(), z.string()));

/** The records by column, as a parser of RFC 4180 reads them. */
function readCsv(bytes: Buffer): Record<string, string>[] {
  return Records.parse(parse(bytes, { columns: true, record_delimiter: '\r\n', relax_column_count: false }));
}

/** What a cell says without its guards: one `'` less after each place where a spreadsheet starts a cell. */
function unguarded(cell: string | undefined): string | undefined {
  return cell?.replace(/(^|[;,|"])'/g, '$1');
}

test('every item is found again, its unprintable characters escaped', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      const records = readCsv(await exported(csv, { report, items }));
      expect(records.map((record) => mapValues(record, unguarded))).toEqual(
        items.map((item) => mapValues(flat(item, report.id), (value) => printable(String(value ?? '')))),
      );
    }),
  );
});

test('no cell starts a formula, whichever separator a spreadsheet takes', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async (given) => {
      const cells = readCsv(await exported(csv, given)).flatMap((record) => Object.values(record));
      const starts = cells.flatMap((cell) => cell.split(/[;,|"]/));
      expect(starts.filter((start) => /^\s*[=+\-@＝＋－＠\t\r]/u.test(start))).toEqual([]);
    }),
  );
});

test.each([
  ['=1+1', `"'=1+1"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['  =1', `"'  =1"`],
  ['＝1', `"'＝1"`],
  ['\t=1', String.raw`"\u{9}=1"`],
  ['\r=1', String.raw`"\u{d}=1"`],
  ["'=1", `"''=1"`],
  ['a;=1', `"a;'=1"`],
  ['say "=1"', `"say ""'=1"""`],
  ['a-b=c', '"a-b=c"'],
])('an agent called %j is written as %s', async (agent, cell) => {
  const text = (
    await exported(csv, { report: sweepReport(), items: [complianceItem({ agent })] })
  ).toString();
  expect(text).toContain(`,${cell},"linux.web-1.f00d",`);
});

test('every record is one line that ends with CRLF, and a null is an empty cell without quotes', async () => {
  const items = [complianceItem({ agent: 'a\nb', since: null }), complianceItem()];
  const text = (await exported(csv, { report: sweepReport(), items })).toString();
  expect(text.split('\r\n')).toHaveLength(4);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text).toContain(',"fail",,28098271650231,');
});

test('without items there is a header', async () => {
  const text = (await exported(csv, { report: sweepReport({ run: null }), items: [] })).toString();
  expect(text).toMatch(/^"sweep","check",.*,"checkedat"\r\n$/);
});

function flat(item: ComplianceItem, sweep: number): Record<string, string | number | null> {
  const { waiver, ...rest } = item;
  return {
    ...rest,
    sweep,
    waiver: waiver?.id ?? null,
    waiverby: waiver?.by ?? null,
    waiverfingerprint: waiver?.fingerprint ?? null,
    waiverwhy: waiver?.why ?? null,
    waiveruntil: waiver?.until ?? null,
  };
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

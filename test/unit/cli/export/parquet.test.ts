import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { microsOf } from '../../../../cli/export/item-times.ts';
import { parquet } from '../../../../cli/export/parquet.ts';
import type { ComplianceItem, SweepReport } from '../../../../contract/sweep/item.ts';
import {
  complianceItem,
  exportable,
  exported,
  sweepReport,
  WAIVER,
  wellFormed,
} from '../../../setup/compliance-items.ts';

/** The reader's own decoder drops a byte order mark at the start of a text, which is a part of it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Times as microseconds. */
const parsers = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  stringFromBytes: (bytes: Uint8Array) => bytes && decoder.decode(bytes),
};

async function readParquet(given: { report: SweepReport; items: Iterable<ComplianceItem> }) {
  const bytes = await exported(parquet, given);
  const file = new Uint8Array(bytes).buffer;
  const metadata = parquetMetadata(file);
  return { metadata, rows: await parquetReadObjects({ file, parsers }) };
}

test('every item is a row with typed columns', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      const { rows } = await readParquet({ report, items });
      expect(rows).toEqual(wellFormed(items).map((item) => rowOf(item, report.id)));
    }),
  );
});

test('a text that starts with a byte order mark keeps it', async () => {
  const item = complianceItem({ queueloc: '\ufeffweb' });
  const { rows } = await readParquet({ report: sweepReport(), items: [item] });
  expect(rows).toMatchObject([{ queueloc: '\ufeffweb' }]);
});

test('the report is in the key-value metadata', async () => {
  const report = sweepReport({ run: null });
  const { metadata } = await readParquet({ report, items: [] });
  const values = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]));
  expect(JSON.parse(values.get('mig.report') ?? '')).toEqual(report);
  expect(values.get('mig.exportedat')).toBe('2026-11-30T12:00:00Z');
  expect(values.get('mig.version')).toBe('0.1.0');
  expect(metadata.num_rows).toBe(0n);
});

test('times are in UTC, to the microsecond, and texts have dictionaries', async () => {
  const items = Array.from({ length: 100 }, () => complianceItem({ waiver: WAIVER }));
  const { metadata, rows } = await readParquet({ report: sweepReport(), items });
  const checkedat = metadata.schema.find(({ name }) => name === 'checkedat');
  expect(checkedat?.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' });
  expect(rows[0]?.checkedat).toBe(BigInt(Date.parse('2026-11-30T02:00:09Z')) * 1000n + 123_456n);
  const [group] = metadata.row_groups;
  const column = group?.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === 'title');
  expect(column?.meta_data?.encodings).toContain('RLE_DICTIONARY');
});

test('a row group ends after 10,000 rows, and earlier when texts are long', async () => {
  const many = Array.from({ length: 10_001 }, () => complianceItem());
  expect(await groupSizes(many)).toEqual([10_000n, 1n]);
  const long = Array.from({ length: 5_000 }, () => complianceItem({ agent: 'x'.repeat(4096) }));
  const [first = 0n, ...others] = await groupSizes(long);
  expect(first).toBeLessThan(2_500n);
  expect(others.reduce((sum, rows) => sum + rows, first)).toBe(5_000n);
});

async function groupSizes(items: ComplianceItem[]): Promise<bigint[]> {
  const { metadata } = await readParquet({ report: sweepReport(), items });
  return metadata.row_groups.map(({ num_rows }) => num_rows);
}

function rowOf({ waiver, ...item }: ComplianceItem, sweep: number): Record<string, string | bigint | null> {
  return {
    ...item,
    sweep: BigInt(sweep),
    waiver: waiver && BigInt(waiver.id),
    waiverby: waiver?.by ?? null,
    waiverfingerprint: waiver?.fingerprint ?? null,
    waiverwhy: waiver?.why ?? null,
    waiveruntil: waiver && microsOf(waiver.until),
    since: item.since === null ? null : microsOf(item.since),
    changedat: microsOf(item.changedat),
    checkedat: microsOf(item.checkedat),
    firstfailedrun: item.firstfailedrun === null ? null : BigInt(item.firstfailedrun),
    run: BigInt(item.run),
  };
}

import type { ByteWriter, ColumnSource, ParquetWriter, SchemaElement } from 'hyparquet-writer';
import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import { jsonText } from '../terminal/json-text.ts';
import { type Column, ITEM_COLUMNS } from './columns.ts';
import type { ExportOptions } from './export-format.ts';
import { microsOf } from './item-times.ts';

/** A row group is written when it has this many rows, or texts of this many characters. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 8 * 1024 * 1024;
/** Columns that queries select by. The bounds of others would stay in memory until the end of the file. */
const WITH_STATISTICS = ['sweep', 'check', 'queueloc', 'status', 'changedat', 'run', 'checkedat'];

type Cell = string | bigint | null;

/** One row an item, in row groups. The report is JSON in the key-value metadata. */
export async function* parquet(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  options: ExportOptions,
): AsyncGenerator<Uint8Array> {
  // Loaded here, for most commands of mig do without it.
  const library = await import('hyparquet-writer');
  const bytes = new library.ByteWriter();
  const writer = new library.ParquetWriter({
    writer: bytes,
    schema: schema(),
    kvMetadata: metadata(report, options),
    createdBy: `mig version ${options.version}`,
  });
  let rows: Cell[][] = [];
  let characters = 0;
  for await (const item of items) {
    const row = ITEM_COLUMNS.map((column) => cell(column, item, report));
    rows.push(row);
    characters += charactersOf(row);
    if (rows.length < GROUP_ROWS && characters < GROUP_CHARACTERS) continue;
    yield await writeGroup(writer, bytes, rows);
    rows = [];
    characters = 0;
  }
  if (rows.length > 0) yield await writeGroup(writer, bytes, rows);
  await writer.finish();
  yield takeBytes(bytes);
}

function schema(): SchemaElement[] {
  return [{ name: 'item', num_children: ITEM_COLUMNS.length }, ...ITEM_COLUMNS.map(schemaElement)];
}

function schemaElement({ name, type }: Column): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const;
  if (type === 'text') {
    return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  }
  if (type === 'id') return { ...element, type: 'INT64' };
  return {
    ...element,
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  };
}

function metadata(report: SweepReport, { nowMs, version }: ExportOptions): { key: string; value: string }[] {
  return [
    { key: 'mig.report', value: jsonText(report) },
    { key: 'mig.exportedat', value: timestampFromMillis(nowMs) },
    { key: 'mig.version', value: version },
  ];
}

function cell(column: Column, item: ComplianceItem, report: SweepReport): Cell {
  if (column.type === 'id') {
    const id = column.of(item, report);
    return id === null ? null : BigInt(id);
  }
  const text = column.of(item, report);
  if (text === null || column.type === 'text') return text;
  return microsOf(text);
}

function charactersOf(row: readonly Cell[]): number {
  return row.reduce((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
}

async function writeGroup(
  writer: ParquetWriter,
  bytes: ByteWriter,
  rows: readonly Cell[][],
): Promise<Uint8Array> {
  const columnData = ITEM_COLUMNS.map(
    ({ name }, index): ColumnSource => ({
      name,
      data: rows.map((row) => row[index]),
      statistics: WITH_STATISTICS.includes(name),
      offsetIndex: false,
    }),
  );
  await writer.write({ columnData, rowGroupSize: rows.length });
  return takeBytes(bytes);
}

/** Empties the buffer as the library's own writer of files does: `offset` stays the place in the file. */
function takeBytes(bytes: ByteWriter): Uint8Array {
  const taken = bytes.getBytes().slice();
  bytes.index = 0;
  return taken;
}

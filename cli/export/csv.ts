import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import { csvRecord } from '../terminal/csv-record.ts';
import { ITEM_COLUMNS } from './columns.ts';

/** RFC 4180 with a header. */
export async function* csv(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
): AsyncGenerator<string> {
  yield csvRecord(ITEM_COLUMNS.map(({ name }) => name));
  for await (const item of items) yield csvRecord(ITEM_COLUMNS.map((column) => column.of(item, report)));
}

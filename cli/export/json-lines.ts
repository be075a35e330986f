import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { ExportOptions } from './export-format.ts';

/** The first line is the report, with what an auditor verifies the question by; each further line is an item. */
export async function* jsonLines(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
  { nowMs, version }: ExportOptions,
): AsyncGenerator<string> {
  yield `${jsonText({ report, exportedat: timestampFromMillis(nowMs), migversion: version })}\n`;
  for await (const item of items) yield `${jsonText(item)}\n`;
}

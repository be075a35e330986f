import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';
import { printable } from '../../contract/text/printable.ts';
import { ITEM_COLUMNS } from './columns.ts';

/** RFC 4180 with a header. An empty cell without quotes is null; each record is one line. */
export async function* csv(
  report: SweepReport,
  items: AsyncIterable<ComplianceItem>,
): AsyncGenerator<string> {
  yield record(ITEM_COLUMNS.map(({ name }) => name));
  for await (const item of items) yield record(ITEM_COLUMNS.map((column) => column.of(item, report)));
}

function record(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  return `"${guardFormulas(printable(value)).replaceAll('"', '""')}"`;
}

/**
 * A place where a spreadsheet starts a cell, also when it takes another character for the separator, before what it takes
 * for a formula. `'` counts, so that removing one `'` after each such place gives the text back. Full-width signs are
 * formulas in some locales.
 */
const FORMULA_START = /(^|[;,|"])(?=[\s]*['=+\-@＝＋－＠])/gu;

function guardFormulas(text: string): string {
  return text.replace(FORMULA_START, "$1'");
}

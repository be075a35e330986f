import { printable } from '../../contract/text/printable.ts';

/** One record of RFC 4180 on one line, with its line break. An empty cell without quotes is null. */
export function csvRecord(values: readonly (string | number | null)[]): string {
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

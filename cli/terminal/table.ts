import { printable } from '../../contract/text/printable.ts';
import { cutToWidth, displayWidth } from './display-width.ts';

export interface TableColumn {
  title: string;
  /** Numbers are aligned to the right. */
  isNumber: boolean;
  /** Whether its cells may be cut: half an id or time is of no use. */
  isCuttable: boolean;
}

export interface Table {
  add(cells: readonly string[]): void;
  end(): void;
}

interface TableOptions {
  columns: readonly TableColumn[];
  /** The columns of the terminal; undefined: nothing is cut. */
  maxWidth: number | undefined;
  printHeader(line: string): void;
  printRow(line: string): void;
}

/** The rows that decide on the widths. No more are kept, however long the table is. */
const SAMPLE = 200;
const GAP = '  ';
const MIN_CUT = 8;

/** Aligns rows as they come: a cell of a later row that is wider than its column is cut, or moves the rest of its line. */
export function createTable({ columns, maxWidth, printHeader, printRow }: TableOptions): Table {
  const sample: string[][] = [];
  let widths: number[] | undefined;
  const lineOf = (cells: readonly string[], all: readonly number[]) =>
    columns.map((column, place) => alignedCell(cells, { column, place, widths: all, maxWidth })).join(GAP);
  const printSample = () => {
    const titles = columns.map(({ title }) => title);
    const all = fitWidths(naturalWidths([titles, ...sample]), { columns, maxWidth });
    widths = all;
    printHeader(lineOf(titles, all).trimEnd());
    for (const cells of sample) printRow(lineOf(cells, all));
    sample.length = 0;
  };
  return {
    add(cells) {
      const row = cells.map(printable);
      if (widths !== undefined) {
        printRow(lineOf(row, widths));
        return;
      }
      sample.push(row);
      if (sample.length === SAMPLE) printSample();
    },
    end() {
      if (sample.length > 0) printSample();
    },
  };
}

interface Place {
  column: TableColumn;
  place: number;
  widths: readonly number[];
  maxWidth: number | undefined;
}

function alignedCell(cells: readonly string[], { column, place, widths, maxWidth }: Place): string {
  const width = widths[place] ?? 0;
  const whole = cells[place] ?? '';
  const cell = maxWidth !== undefined && column.isCuttable ? cutToWidth(whole, width) : whole;
  const padding = ' '.repeat(Math.max(0, width - displayWidth(cell)));
  if (column.isNumber) return padding + cell;
  return place === widths.length - 1 ? cell : cell + padding;
}

function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const [titles = []] = rows;
  return titles.map((_, place) => Math.max(...rows.map((cells) => displayWidth(cells[place] ?? ''))));
}

/** Narrows the widest columns until the table fits, or cannot get narrower. */
function fitWidths(
  natural: readonly number[],
  {
    columns,
    maxWidth = Number.POSITIVE_INFINITY,
  }: { columns: readonly TableColumn[]; maxWidth: number | undefined },
): number[] {
  const widths = [...natural];
  const gaps = GAP.length * (widths.length - 1);
  let excess = widths.reduce((sum, width) => sum + width, gaps) - maxWidth;
  while (excess > 0) {
    const widest = widestCuttable(widths, columns);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

function widestCuttable(widths: readonly number[], columns: readonly TableColumn[]): number | undefined {
  let widest: number | undefined;
  let width = MIN_CUT;
  for (const [place, { isCuttable }] of columns.entries()) {
    const own = widths[place] ?? 0;
    if (isCuttable && own > width) {
      widest = place;
      width = own;
    }
  }
  return widest;
}

import { printable } from '../../contract/text/printable.ts';
import { cutToWidth, displayWidth } from './display-width.ts';

export interface TableColumn {
  title: string;
  /** Numbers are aligned to the right. */
  isNumber: boolean;
  /** Whether its cells may be cut: half an id or time is of no use. */
  isCuttable: boolean;
  /** Left out, the last one first, rather than cutting texts below what can be read. */
  isOptional: boolean;
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
  /** Receives the titles of the columns that were left out. */
  onLeftOut(titles: readonly string[]): void;
  printRow(line: string): void;
}

/** The rows that decide on the widths. No more are kept, however long the table is. */
const SAMPLE = 200;
const GAP = '  ';
const MIN_CUT = 8;
/** Enough of a name to know it. */
const READABLE = 20;

/** Aligns rows as they come: a cell of a later row that is wider than its column is cut, or moves the rest of its line. */
export function createTable({ columns, maxWidth, printHeader, printRow, onLeftOut }: TableOptions): Table {
  const sample: string[][] = [];
  let layout: Layout | undefined;
  const printSample = () => {
    const titles = columns.map(({ title }) => title);
    layout = layOut(columns, { natural: naturalWidths([titles, ...sample]), maxWidth });
    const { places } = layout;
    if (places.length < titles.length) onLeftOut(titles.filter((_, place) => !places.includes(place)));
    printHeader(lineOf(titles, layout).trimEnd());
    for (const cells of sample) printRow(lineOf(cells, layout));
    sample.length = 0;
  };
  return {
    add(cells) {
      const row = cells.map(printable);
      if (layout !== undefined) {
        printRow(lineOf(row, layout));
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

/** The columns that are shown, by their places in a row, and their widths. */
interface Layout {
  columns: readonly TableColumn[];
  places: readonly number[];
  widths: readonly number[];
  maxWidth: number | undefined;
}

function layOut(
  all: readonly TableColumn[],
  { natural, maxWidth }: { natural: readonly number[]; maxWidth: number | undefined },
): Layout {
  const places = placesThatFit(all, { natural, maxWidth });
  const columns = all.filter((_, place) => places.includes(place));
  const widths = fitWidths(
    natural.filter((_, place) => places.includes(place)),
    { columns, maxWidth },
  );
  return { columns, places, widths, maxWidth };
}

function placesThatFit(
  columns: readonly TableColumn[],
  {
    natural,
    maxWidth = Number.POSITIVE_INFINITY,
  }: { natural: readonly number[]; maxWidth: number | undefined },
): number[] {
  let places = [...columns.keys()];
  const least = natural.map((width, place) =>
    columns[place]?.isCuttable ? Math.min(width, READABLE) : width,
  );
  for (const [place, { isOptional }] of [...columns.entries()].reverse()) {
    const width = places.reduce((sum, one) => sum + (least[one] ?? 0), GAP.length * (places.length - 1));
    if (width <= maxWidth) break;
    if (isOptional) places = places.filter((one) => one !== place);
  }
  return places;
}

function lineOf(cells: readonly string[], { columns, places, widths, maxWidth }: Layout): string {
  const texts = columns.map(({ isCuttable, isNumber }, index) => {
    const width = widths[index] ?? 0;
    const whole = cells[places[index] ?? 0] ?? '';
    const cell = maxWidth !== undefined && isCuttable ? cutToWidth(whole, width) : whole;
    const padding = ' '.repeat(Math.max(0, width - displayWidth(cell)));
    if (isNumber) return padding + cell;
    return index === widths.length - 1 ? cell : cell + padding;
  });
  return texts.join(GAP);
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

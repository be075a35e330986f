import { csvRecord } from './csv-record.ts';
import { jsonText } from './json-text.ts';
import type { Output } from './output.ts';
import type { OutputFormat } from './output-format.ts';
import type { Cell, RecordTable } from './record-table.ts';
import { createTable } from './table.ts';
import { tableTime } from './table-time.ts';

/** Prints records as they come, in the format that the command line asks for. Keeps only a few of them. */
export interface RecordList {
  add(record: unknown): Promise<void>;
  /** Prints what is left. Returns how many records had another shape than the format can print. */
  end(): number;
}

export interface ListOptions {
  output: Output;
  format: OutputFormat;
  table: RecordTable;
}

export function createRecordList(options: ListOptions): RecordList {
  switch (options.format) {
    case 'json':
      return printDocument(options);
    case 'jsonl':
      return printLines(options);
    case 'csv':
      return printCsv(options);
    case 'table':
    case 'wide':
      return printTable(options);
  }
}

/** Records whose lines for people are no table. */
export function createLineList<T>({
  output,
  format,
  linesOf,
  toRecord = (item) => item,
}: {
  output: Output;
  format: OutputFormat;
  linesOf: (item: T) => readonly string[];
  /** What JSON has of an item, where that is not the item itself. */
  toRecord?: (item: T) => unknown;
}): { add(item: T): Promise<void>; end(): number } {
  if (format === 'json' || format === 'jsonl') {
    const list = format === 'json' ? printDocument({ output }) : printLines({ output });
    return { add: (item) => list.add(toRecord(item)), end: list.end };
  }
  return {
    async add(item) {
      for (const line of linesOf(item)) output.answer(line);
      await output.drained();
    },
    end: () => 0,
  };
}

/** A JSON array, one record on each line. */
function printDocument({ output }: Pick<ListOptions, 'output'>): RecordList {
  let held: string | undefined;
  return {
    async add(record) {
      output.json(held === undefined ? '[' : `${held},`);
      held = jsonText(record);
      await output.drained();
    },
    end() {
      output.json(held === undefined ? '[]' : `${held}\n]`);
      return 0;
    },
  };
}

function printLines({ output }: Pick<ListOptions, 'output'>): RecordList {
  return {
    async add(record) {
      output.json(jsonText(record));
      await output.drained();
    },
    end: () => 0,
  };
}

function printCsv({ output, table }: ListOptions): RecordList {
  let odd = 0;
  output.csv(csvRecord(table.columns.map(({ name }) => name)));
  return {
    async add(record) {
      const cells = table.cellsOf(record);
      if (cells === undefined) {
        odd++;
        output.note(oddLine(table, record));
        return;
      }
      output.csv(csvRecord(cells));
      await output.drained();
    },
    end: () => odd,
  };
}

function printTable({ output, format, table }: ListOptions): RecordList {
  const shown = [...table.columns.entries()].filter(([, { isExtra }]) => format === 'wide' || !isExtra);
  const rows = createTable({
    columns: shown.map(([, { name, title, kind, isOptional = false }]) => ({
      title: title ?? name,
      isNumber: kind === 'number' || kind === 'id',
      isCuttable: kind === 'text',
      isOptional,
    })),
    maxWidth: format === 'wide' ? undefined : output.columns,
    printHeader: output.header,
    onLeftOut: (titles) => output.note(`too narrow for ${titles.join(', ')}: --wide shows all columns`),
    printRow: (line) => output.answer(line),
  });
  return {
    async add(record) {
      const cells = table.cellsOf(record);
      if (cells === undefined) output.answer(oddLine(table, record));
      else rows.add(shown.map(([place, { kind }]) => tableCell(cells[place] ?? null, kind)));
      await output.drained();
    },
    end() {
      rows.end();
      return 0;
    },
  };
}

/** Every cell has a text, so that a reader can tell the columns apart. */
function tableCell(cell: Cell, kind: string | undefined): string {
  if (cell === null) return '-';
  if (cell === '') return '""';
  return kind === 'time' ? tableTime(String(cell)) : String(cell);
}

function oddLine({ noun }: RecordTable, record: unknown): string {
  return `${noun} of unknown shape: ${JSON.stringify(record)}`;
}

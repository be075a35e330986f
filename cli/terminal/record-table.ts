import type { z } from 'zod';

export type Cell = string | number | null;

/** `number`, `id` and `time` are never cut. A `word` is one, too: a status, a fingerprint. */
type ColumnKind = 'number' | 'id' | 'time' | 'word' | 'text';

interface ColumnHead {
  /** In CSV. */
  name: string;
  /** In tables, where it differs. */
  title?: string;
  kind: ColumnKind;
  /** Whether only `--wide` and CSV have it. */
  isExtra?: boolean;
  /** Left out where the terminal is too narrow for the table, the last one first. */
  isOptional?: boolean;
}

export interface RecordColumn<T> extends ColumnHead {
  /** null: the record does not say. */
  of(record: T): Cell;
}

/** What a kind of records looks like as a table, and what its columns are called in CSV. */
export interface RecordTable {
  /** The noun for one record. */
  noun: string;
  columns: readonly ColumnHead[];
  /** A cell for each column; undefined for a record of another shape. */
  cellsOf(record: unknown): Cell[] | undefined;
}

export function recordTable<T>(
  noun: string,
  schema: z.ZodType<T>,
  columns: readonly RecordColumn<T>[],
): RecordTable {
  return {
    noun,
    columns,
    cellsOf(record) {
      const parsed = schema.safeParse(record);
      return parsed.success ? columns.map((column) => column.of(parsed.data)) : undefined;
    },
  };
}

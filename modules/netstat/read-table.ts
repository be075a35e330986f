import { goErrno } from '../../contract/go/errno.ts';
import { DeadlineError, type Pacer } from './pacer.ts';
import type { Table } from './tables.ts';

/**
 * Calls `visit` for every row. Returns why rows are missing: the table cannot be read, or has lines that are none; undefined
 * when it was read to its end.
 */
export async function readTable<Row>(
  table: Table<Row>,
  { visit, pacer }: { visit: (row: Row) => void; pacer: Pacer },
): Promise<string | undefined> {
  let line = 0;
  const malformed = { count: 0, first: 0 };
  try {
    for await (const batch of table.lines()) {
      for (const text of batch) {
        line++;
        const row = table.parse(text);
        if (row === 'malformed') noteMalformed(malformed, line);
        else if (row !== undefined) visit(row);
      }
      await pacer.pause(`in ${table.name} after ${line} lines`);
    }
  } catch (error) {
    if (error instanceof DeadlineError) throw error;
    return readProblem(table, error);
  }
  if (malformed.count === 0) return undefined;
  return `${table.name}: ${malformed.count} malformed lines were skipped, the first is line ${malformed.first}`;
}

function noteMalformed(malformed: { count: number; first: number }, line: number): void {
  if (malformed.count === 0) malformed.first = line;
  malformed.count++;
}

function readProblem({ name }: { name: string }, error: unknown): string {
  const { path, syscall, code } = error as NodeJS.ErrnoException;
  if (code === undefined) return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  return `${syscall ?? 'read'} ${path ?? name}: ${goErrno(error)}`;
}

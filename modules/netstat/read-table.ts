import { goErrno } from '../../contract/go/errno.ts';
import { type RunClock, TimeIsOverError } from '../../platform/async/run-clock.ts';
import type { Table } from './tables.ts';

/**
 * Calls `visit` for every row. Returns why rows are missing: the table cannot be read, or has lines that are none; undefined
 * when it was read to its end. Throws TimeIsOverError.
 */
export async function readTable<Row>(
  table: Table<Row>,
  { visit, clock }: { visit: (row: Row) => void; clock: RunClock },
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
      clock.check(`in ${table.name} after ${line} lines`);
      await clock.pause();
    }
  } catch (error) {
    if (error instanceof TimeIsOverError) throw error;
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

import type { QueryResultRow } from 'pg';
import type { Queryable } from './pool.ts';

/** Runs a statement that always returns a row, such as a count. */
export async function readRow<Row extends QueryResultRow>(
  db: Queryable,
  statement: { text: string; values?: unknown[] },
): Promise<Row> {
  const { rows } = await db.query<Row>(statement);
  const [row] = rows;
  if (!row) throw new Error(`no row from: ${statement.text}`);
  return row;
}

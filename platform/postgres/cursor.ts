import type { PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import { type Pool, TYPES } from './pool.ts';

export interface CursorQuery {
  text: string;
  values: readonly unknown[];
  /** Rows in memory at the same time. */
  pageRows: number;
}

/**
 * Reads the rows of a query page by page, so that any number of rows takes the memory of one page. Keeps one
 * connection of the pool until the last page; a reader that stops earlier ends the connection and its query.
 */
export async function* readPages<Row>(pool: Pool, query: CursorQuery): AsyncGenerator<Row[]> {
  const client = await pool.connect();
  let isComplete = false;
  try {
    yield* pagesOf<Row>(client, query);
    isComplete = true;
  } finally {
    // Closing the cursor would wait for an answer, which never comes on a broken connection.
    client.release(!isComplete);
  }
}

/**
 * As `readPages`, for any time that the reader takes: the time limit on a statement holds for each page, not for all. The
 * rows are those of one moment.
 */
export async function* readLongPages<Row extends object>(
  pool: Pool,
  { text, values, pageRows }: CursorQuery,
): AsyncGenerator<Row[]> {
  const client = await pool.connect();
  let isComplete = false;
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${text}`, [...values]);
    let rows: Row[];
    do {
      ({ rows } = await client.query<Row>(`FETCH ${pageRows} FROM pages`));
      if (rows.length > 0) yield rows;
    } while (rows.length === pageRows);
    await client.query('COMMIT');
    isComplete = true;
  } finally {
    client.release(!isComplete);
  }
}

async function* pagesOf<Row>(
  client: PoolClient,
  { text, values, pageRows }: CursorQuery,
): AsyncGenerator<Row[]> {
  const cursor = client.query(new Cursor<Row>(text, [...values], { types: TYPES }));
  let rows: Row[];
  do {
    rows = await cursor.read(pageRows);
    if (rows.length > 0) yield rows;
  } while (rows.length === pageRows);
}

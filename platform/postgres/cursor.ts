import type { PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import { type Pool, TYPES } from './pool.ts';

export interface CursorQuery {
  text: string;
  values: readonly unknown[];
  /** Rows that are in memory at the same time. */
  pageRows: number;
}

/**
 * Reads what a query finds page by page, so that any number of rows takes the memory of one page. It holds one
 * connection of the pool from the first page to the last; one that is left before is closed, and the query with it.
 */
export async function* readPages<Row>(pool: Pool, query: CursorQuery): AsyncGenerator<Row[]> {
  const client = await pool.connect();
  let isComplete = false;
  try {
    yield* pagesOf<Row>(client, query);
    isComplete = true;
  } finally {
    // To close a cursor takes an answer, which a broken connection never gives.
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

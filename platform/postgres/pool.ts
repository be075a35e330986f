import pg from 'pg';
import { toTimestamp } from '../../contract/go/time.ts';
import { addressOf, unreachable } from '../network/unreachable.ts';

export type Pool = pg.Pool;
/** A pool, or one connection of it inside a transaction: all that queries need. */
export type Queryable = Pick<pg.Pool, 'query'>;

const NUMERIC = 1700;
const BIGINT = 20;
const TIMESTAMPTZ = 1184;

/** Ids are below 2^53, so numbers; times stay text with microseconds, which a Date would lose. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === NUMERIC || oid === BIGINT) return Number;
    if (oid === TIMESTAMPTZ) return readTime;
    if (oid === 114) return (text: string) => text; // json: signed text must not pass through a parser
    return pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig;

/** Sessions speak UTC: only two letters differ from ours, but for years that Postgres writes in its own way. */
function readTime(text: string): string {
  if (UTC_TIME.test(text)) return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
  return toTimestamp(text.replace(/([+-]\d\d)$/, '$1:00')) ?? text;
}
const UTC_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;

export interface PoolOptions {
  url: string;
  name: string;
  max?: number;
  /** Cursors wait for whoever reads them: a limit on the answer to a statement would end them. */
  hasCursors?: boolean;
}

const STATEMENT_MS = 60_000;
/** Of a server that keeps its word something comes before this: one that is gone without a word is given up. */
const ANSWER_MS = STATEMENT_MS + 10_000;

/** A pool whose sessions speak UTC, and whose every statement has a limit. */
export function createPool({ url, name, max = 10, hasCursors = false }: PoolOptions): Pool {
  const pool = new pg.Pool({
    ...sessionOptions({ url, name, timeoutMs: STATEMENT_MS }),
    max,
    query_timeout: hasCursors ? undefined : ANSWER_MS,
  });
  // A broken idle connection is replaced by the pool; without a listener it would end the process. And so would one that
  // breaks between two statements of a transaction: the next statement tells.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** A session that speaks UTC, and whose every statement has a limit. */
export function sessionOptions({
  url,
  name,
  timeoutMs,
}: {
  url: string;
  name: string;
  timeoutMs: number;
}): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    types: TYPES,
    connectionTimeoutMillis: 10_000,
    statement_timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: '-c timezone=UTC -c datestyle=ISO',
  };
}

/** Throws a sentence that names the address when no connection can be made; for programs that can do nothing without. */
export async function requireConnection(
  pool: Pool,
  { url, setting }: { url: string; setting: string },
): Promise<void> {
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    throw unreachable({ service: 'PostgreSQL', address: addressOf(url, 5432), setting }, cause);
  }
}

/** Runs the function in one transaction; rolls back when it throws. */
export async function inTransaction<T>(pool: Pool, run: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    );
    throw error;
  }
}

/** Runs the function in a transaction that is rolled back: throws when it could not be done now. */
export async function probeTransaction(pool: Pool, run: (db: Queryable) => Promise<unknown>): Promise<void> {
  const done = new Error('rolled back');
  await inTransaction(pool, async (db) => {
    await run(db);
    throw done;
  }).catch((error: unknown) => {
    if (error !== done) throw error;
  });
}

import pg from 'pg';
import { toTimestamp } from '../../contract/go/time.ts';
import { addressOf, unreachable } from '../network/unreachable.ts';

export type Pool = pg.Pool;
/** A pool, or one of its connections inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

// Postgres' object ids of types.
const NUMERIC = 1700;
const BIGINT = 20;
const JSON_TYPE = 114;
const TIMESTAMPTZ = 1184;

/** Ids are numbers, for they are below 2^53. Times stay text with microseconds, which a Date would lose. */
export const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === NUMERIC || oid === BIGINT) return Number;
    if (oid === TIMESTAMPTZ) return parseTime;
    if (oid === JSON_TYPE) return (text: string) => text; // signed text must stay byte-exact
    return pg.types.getTypeParser(oid, format);
  },
} as pg.CustomTypesConfig;

/** Sessions are in UTC, so only two characters differ from RFC 3339; Postgres writes some years in its own way. */
function parseTime(text: string): string {
  if (UTC_TIME.test(text)) return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
  return toTimestamp(text.replace(/([+-]\d\d)$/, '$1:00')) ?? text;
}
const UTC_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;

export interface PoolOptions {
  url: string;
  name: string;
  max?: number;
  /** Cursors need a pool without a client-side timeout, because they wait for their readers. */
  hasCursors?: boolean;
}

const STATEMENT_TIMEOUT_MS = 60_000;
/** The server's own timeout comes first; this one notices a server that vanished. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;

/** A pool of sessions in UTC, with a timeout for each statement. */
export function createPool({ url, name, max = 10, hasCursors = false }: PoolOptions): Pool {
  const pool = new pg.Pool({
    ...sessionOptions({ url, name, timeoutMs: STATEMENT_TIMEOUT_MS }),
    max,
    query_timeout: hasCursors ? undefined : QUERY_TIMEOUT_MS,
  });
  // Without listeners two errors would end the process: one on an idle connection, which the pool replaces, and one
  // between two statements of a transaction, whose next statement throws.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** A session in UTC, with a timeout for each statement. */
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
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: '-c timezone=UTC -c datestyle=ISO',
  };
}

/** Throws an error that names the address when Postgres cannot be reached. */
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

/** Runs the function in a transaction and rolls it back; throws when it fails. Shows that the database works now. */
export async function probeTransaction(pool: Pool, run: (db: Queryable) => Promise<unknown>): Promise<void> {
  const rollback = new Error('rolled back');
  await inTransaction(pool, async (db) => {
    await run(db);
    throw rollback;
  }).catch((error: unknown) => {
    if (error !== rollback) throw error;
  });
}

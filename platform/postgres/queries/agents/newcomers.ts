import type { Queryable } from '../../pool.ts';

/** An agent that registered by HTTP, before a worker has seen its queue on the relay. */
export interface Newcomer {
  queueloc: string;
  pid: number;
  body: string;
  receivedat: string;
  checks: number;
}

/** The next checks come after 2, 4, 8, 16 and 32 seconds: an agent may register just before it declares its queue. */
const FIRST_PAUSE_S = 2;
const MAX_CHECKS = 6;

/** Stores a newcomer, which notifies the workers. Returns false when too many wait already. */
export async function insertNewcomer(
  db: Queryable,
  { queueloc, pid, body, max }: { queueloc: string; pid: number; body: string; max: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO newcomers (queueloc, pid, body)
     SELECT $1::text, $2::integer, $3::text
     WHERE (SELECT count(*) FROM newcomers) < $4
     ON CONFLICT (queueloc, pid) DO UPDATE
     SET
       body = excluded.body,
       receivedat = now()`,
    [queueloc, pid, body, max],
  );
  return rowCount === 1;
}

/** Claims the newcomers whose check is due; each goes to one worker, and later to another when that one dies. */
export async function claimNewcomers(db: Queryable, limit: number): Promise<Newcomer[]> {
  const { rows } = await db.query<Newcomer>(
    `UPDATE newcomers n
     SET
       checks = n.checks + 1,
       checkat = now() + $2 * 2 ^ n.checks * interval '1 second'
     FROM (
       SELECT queueloc, pid
       FROM newcomers
       WHERE checkat <= now() AND checks < $3
       ORDER BY checks, receivedat
       LIMIT $1
       FOR UPDATE SKIP LOCKED
     ) AS due
     WHERE n.queueloc = due.queueloc AND n.pid = due.pid
     RETURNING n.queueloc, n.pid, n.body, n.receivedat, n.checks`,
    [limit, FIRST_PAUSE_S, MAX_CHECKS],
  );
  return rows;
}

export async function deleteNewcomer(
  db: Queryable,
  { queueloc, pid }: Pick<Newcomer, 'queueloc' | 'pid'>,
): Promise<void> {
  await db.query(
    `DELETE FROM newcomers
     WHERE queueloc = $1 AND pid = $2`,
    [queueloc, pid],
  );
}

/** Deletes newcomers whose queue was never seen. Returns the milliseconds until the next check, if there is one. */
export async function trimNewcomers(db: Queryable): Promise<number | undefined> {
  await db.query(
    `DELETE FROM newcomers
     WHERE checks >= $1 AND checkat <= now()`,
    [MAX_CHECKS],
  );
  // Not greatest(0, …) around the whole query: that is 0, not null, when no newcomer waits.
  const { rows } = await db.query<{ ms: number }>(
    `SELECT greatest(0, ceil(extract(epoch FROM checkat - now()) * 1000))::bigint AS ms
     FROM newcomers
     ORDER BY checkat
     LIMIT 1`,
  );
  return rows[0]?.ms;
}

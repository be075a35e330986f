import { encodeJson } from '../../../contract/go/json.ts';
import type { Heartbeat } from '../../../contract/heartbeat.ts';
import type { Queryable } from '../pool.ts';

/** An agent that registered by HTTP, and of which nobody knows yet whether it exists. */
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

/** A heartbeat by HTTP of an agent that is online or idle; false when there is none. */
export async function refreshAgent(db: Queryable, heartbeat: Heartbeat): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE agents SET
       heartbeattime = now(),
       status = 'online',
       mode = $3,
       name = CASE WHEN $8::timestamptz > refreshtime THEN $4::text ELSE name END,
       version = CASE WHEN $8::timestamptz > refreshtime THEN $5::text ELSE version END,
       environment = CASE WHEN $8::timestamptz > refreshtime THEN $6::json ELSE environment END,
       tags = CASE WHEN $8::timestamptz > refreshtime THEN $7::json ELSE tags END,
       refreshtime = greatest(least($8::timestamptz, now()), refreshtime)
     WHERE queueloc = $1
       AND pid = $2
       AND status IN ('online', 'idle')`,
    [
      heartbeat.queueloc,
      heartbeat.pid,
      heartbeat.mode,
      heartbeat.name,
      heartbeat.version,
      encodeJson(heartbeat.environment),
      encodeJson(heartbeat.tags),
      heartbeat.refreshts,
    ],
  );
  return rowCount === 1;
}

/** Keeps a newcomer for the workers, who are notified; false when too many wait already. */
export async function insertNewcomer(
  db: Queryable,
  { queueloc, pid, body, max }: { queueloc: string; pid: number; body: string; max: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO newcomers (queueloc, pid, body)
     SELECT $1::text, $2::integer, $3::text
     WHERE (SELECT count(*) FROM newcomers) < $4
     ON CONFLICT (queueloc, pid) DO UPDATE SET
       body = excluded.body,
       receivedat = now()`,
    [queueloc, pid, body, max],
  );
  return rowCount === 1;
}

/** The newcomers whose queue should be looked for now. Each is given to one worker, and again later if that one dies. */
export async function takeNewcomers(db: Queryable, limit: number): Promise<Newcomer[]> {
  const { rows } = await db.query(
    `UPDATE newcomers n SET
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
  await db.query('DELETE FROM newcomers WHERE queueloc = $1 AND pid = $2', [queueloc, pid]);
}

/** Forgets those whose queue was never seen; returns the milliseconds until the next check, if any is to come. */
export async function trimNewcomers(db: Queryable): Promise<number | undefined> {
  await db.query('DELETE FROM newcomers WHERE checks >= $1 AND checkat <= now()', [MAX_CHECKS]);
  // Not greatest(0, …) around it all: that is 0, not null, when nobody waits.
  const { rows } = await db.query(
    `SELECT greatest(0, ceil(extract(epoch FROM checkat - now()) * 1000))::bigint AS ms
     FROM newcomers
     ORDER BY checkat
     LIMIT 1`,
  );
  return rows[0]?.ms;
}

import type { Queryable } from '../pool.ts';

/** A command that must go out, with its agent as JSON text. */
export interface OutgoingCommand {
  id: number;
  actionid: number;
  queueloc: string;
  /** The process of the endpoint that it is for; null: whichever reads the endpoint's queue. */
  topid: number | null;
  starttime: string;
  agent: {
    id: number;
    name: string;
    mode: string;
    version: string;
    pid: number;
    starttime: string;
    destructiontime: string;
    heartbeattime: string;
    refreshtime: string;
    status: string;
    environment: string;
    tags: string;
  };
}

export const OUTGOING_COLUMNS = `c.id, c.actionid, c.queueloc, c.topid, c.starttime, a.id AS agentid, a.name, a.mode, a.version, a.pid,
    a.starttime AS agentstarttime, a.destructiontime, a.heartbeattime, a.refreshtime, a.status, a.environment, a.tags`;
const MAY_GO_OUT = `c.status = 'sent' AND c.publishedat IS NULL AND NOT x.paused AND x.cancelledat IS NULL`;

/**
 * The next page of an action's commands that were never handed to the relay, in id order; empty while the action is
 * paused. What the relay returned is left to the agent's next heartbeat.
 */
export async function unpublishedPage(
  db: Queryable,
  page: { actionId: number; shard: number; shards: number; after: number; limit: number },
): Promise<OutgoingCommand[]> {
  const { rows } = await db.query(
    `SELECT ${OUTGOING_COLUMNS}
     FROM commands c JOIN agents a ON a.id = c.agentid JOIN actions x ON x.id = c.actionid
     WHERE ${MAY_GO_OUT} AND c.returnedat IS NULL AND c.actionid = $1 AND c.id % $2 = $3 AND c.id > $4
     ORDER BY c.id LIMIT $5`,
    [page.actionId, page.shards, page.shard, page.after, page.limit],
  );
  return rows.map(toOutgoing);
}

/**
 * Takes the returned commands of endpoints that gave a sign of life: of several workers one gets each. A crash before
 * it is published leaves it for a heartbeat half a minute later.
 */
export async function takeReturned(db: Queryable, queuelocs: readonly string[]): Promise<OutgoingCommand[]> {
  const { rows } = await db.query(
    `WITH taken AS (
       UPDATE commands c SET takenat = now() FROM actions x
       WHERE x.id = c.actionid AND ${MAY_GO_OUT} AND c.returnedat IS NOT NULL
         AND (c.takenat IS NULL OR c.takenat < now() - interval '30 seconds')
         AND x.status = 'inflight' AND x.expireafter > now() AND c.queueloc = ANY($1::text[])
       RETURNING c.*
     )
     SELECT ${OUTGOING_COLUMNS} FROM taken c JOIN agents a ON a.id = c.agentid ORDER BY c.id`,
    [queuelocs],
  );
  return rows.map(toOutgoing);
}

export function toOutgoing(row: Record<string, unknown>): OutgoingCommand {
  const { id, actionid, queueloc, topid, starttime, agentid, agentstarttime, ...agent } = row;
  return {
    id,
    actionid,
    queueloc,
    topid,
    starttime,
    agent: { ...agent, id: agentid, starttime: agentstarttime },
  } as OutgoingCommand;
}

export async function markPublished(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    'UPDATE commands SET publishedat = now() WHERE id = ANY($1::numeric[]) AND publishedat IS NULL',
    [ids],
  );
}

export async function markReturned(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query('UPDATE commands SET returnedat = now(), takenat = NULL WHERE id = ANY($1::numeric[])', [
    ids,
  ]);
}

/** The queues were full: the commands go out at a heartbeat of their agents, half a minute from now at the earliest. */
export async function markRefused(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE commands
     SET returnedat = now(),
         takenat = now()
     WHERE id = ANY($1::numeric[])`,
    [ids],
  );
}

/** The relay was rebuilt from nothing: whatever waits in it is gone and must be published again. */
export async function clearPublished(db: Queryable): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE commands c SET publishedat = NULL, returnedat = now(), takenat = NULL FROM actions x
     WHERE x.id = c.actionid AND c.status = 'sent' AND c.publishedat IS NOT NULL AND x.expireafter > now()`,
  );
  return rowCount ?? 0;
}

export interface AnswerRow {
  id: number;
  queueloc: string;
  status: string;
  results: string;
}

export interface AnswerOutcome {
  id: number;
  /** undefined: no such command */
  actionId: number | undefined;
  isOwn: boolean;
}

/**
 * Stores a batch of answers in one statement, rows locked in id order. An answer counts when it comes from the agent
 * that the command was for, and only over `sent`, or over what the platform itself ended (`expired`, `cancelled`). No two
 * answers of a batch may have the same id and queueloc.
 */
export async function storeAnswerRows(
  db: Queryable,
  answers: readonly AnswerRow[],
): Promise<AnswerOutcome[]> {
  const { rows } = await db.query(
    `WITH input AS (
       SELECT * FROM unnest($1::numeric[], $2::text[], $3::text[], $4::text[]) AS t (id, queueloc, status, results)
     ), locked AS (
       SELECT c.id, i.status, i.results FROM commands c JOIN input i ON i.id = c.id AND i.queueloc = c.queueloc
       ORDER BY c.id FOR UPDATE OF c
     ), stored AS (
       UPDATE commands c SET status = l.status, results = l.results::json, finishtime = now(),
         publishedat = coalesce(c.publishedat, now())
       FROM locked l
       WHERE c.id = l.id AND (c.status = 'sent' OR c.status IN ('expired', 'cancelled') AND c.results IS NULL)
     )
     SELECT i.id, c.actionid AS "actionId", coalesce(c.queueloc = i.queueloc, false) AS "isOwn"
     FROM input i LEFT JOIN commands c ON c.id = i.id`,
    [
      answers.map((a) => a.id),
      answers.map((a) => a.queueloc),
      answers.map((a) => a.status),
      answers.map((a) => a.results),
    ],
  );
  return rows.map((row) => ({ ...row, actionId: row.actionId ?? undefined }));
}

/** Ends the commands that still wait: `expired` or `cancelled`. */
export async function endWaiting(
  db: Queryable,
  actionId: number,
  status: 'expired' | 'cancelled',
): Promise<number> {
  const { rowCount } = await db.query(
    `UPDATE commands SET status = $2, finishtime = now() WHERE actionid = $1 AND status = 'sent'`,
    [actionId, status],
  );
  return rowCount ?? 0;
}

/** The endpoints of all commands that must go out again. */
export async function returnedQueues(db: Queryable): Promise<string[]> {
  const { rows } = await db.query(
    `SELECT DISTINCT queueloc FROM commands WHERE status = 'sent' AND publishedat IS NULL AND returnedat IS NOT NULL`,
  );
  return rows.map((row) => row.queueloc);
}

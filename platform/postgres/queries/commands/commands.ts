import type { QueryResult } from 'pg';
import type { Queryable } from '../../pool.ts';
import { readRow } from '../../read-row.ts';

/** A command to publish, with its agent. `environment` and `tags` are JSON text. */
export interface OutgoingCommand {
  id: number;
  actionid: number;
  queueloc: string;
  /** The process of the endpoint that must run the command; null: any process that reads the endpoint's queue. */
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

type OutgoingAgent = OutgoingCommand['agent'];

/** A row of `OUTGOING_COLUMNS`. */
export interface OutgoingRow extends Omit<OutgoingCommand, 'agent'>, Omit<OutgoingAgent, 'id' | 'starttime'> {
  agentid: number;
  agentstarttime: string;
}

/** Columns of `toOutgoing`: of the command `c` and its agent `a`. */
export const OUTGOING_COLUMNS = `
  c.id,
  c.actionid,
  c.queueloc,
  c.topid,
  c.starttime,
  a.id AS agentid,
  a.name,
  a.mode,
  a.version,
  a.pid,
  a.starttime AS agentstarttime,
  a.destructiontime,
  a.heartbeattime,
  a.refreshtime,
  a.status,
  a.environment,
  a.tags`;

export function toOutgoing(row: OutgoingRow): OutgoingCommand {
  const { id, actionid, queueloc, topid, starttime, agentid, agentstarttime, ...agent } = row;
  return {
    id,
    actionid,
    queueloc,
    topid,
    starttime,
    agent: {
      ...agent,
      id: agentid,
      starttime: agentstarttime,
    },
  };
}

/**
 * The command `c` is unanswered and not on the relay, and its action `x` is neither paused nor cancelled. Those of an action
 * with brakes leave as departures alone (queries/brakes/departures.ts).
 */
const MAY_BE_PUBLISHED = `c.status = 'sent'
         AND c.publishedat IS NULL
         AND NOT x.paused
         AND x.cancelledat IS NULL`;

/**
 * The next page of an action's commands that the relay never had, in id order; empty while the action is paused.
 * Commands that the relay returned wait for the agent's next heartbeat.
 */
export async function unpublishedPage(
  db: Queryable,
  page: { actionId: number; shard: number; shards: number; after: number; limit: number },
): Promise<OutgoingCommand[]> {
  const { rows } = await db.query<OutgoingRow>(
    `SELECT ${OUTGOING_COLUMNS}
     FROM commands c
     JOIN agents a ON a.id = c.agentid
     JOIN actions x ON x.id = c.actionid
     WHERE ${MAY_BE_PUBLISHED}
       AND NOT x.braked
       AND c.returnedat IS NULL
       AND c.actionid = $1
       AND c.id % $2 = $3
       AND c.id > $4
     ORDER BY c.id
     LIMIT $5`,
    [page.actionId, page.shards, page.shard, page.after, page.limit],
  );
  return rows.map(toOutgoing);
}

/**
 * Whether an action that is not cancelled has unpublished commands after this id, which a pause does not hide; and whether it
 * was given brakes.
 */
export async function hasUnpublished(
  db: Queryable,
  of: { actionId: number; shard: number; shards: number; after: number },
): Promise<{ isFound: boolean; isBraked: boolean }> {
  return readRow<{ isFound: boolean; isBraked: boolean }>(db, {
    text: `SELECT
       x.braked AS "isBraked",
       x.cancelledat IS NULL AND EXISTS (
         SELECT FROM commands c
         WHERE c.status = 'sent'
           AND c.publishedat IS NULL
           AND c.returnedat IS NULL
           AND c.actionid = $1
           AND c.id % $2 = $3
           AND c.id > $4
       ) AS "isFound"
     FROM actions x
     WHERE x.id = $1`,
    values: [of.actionId, of.shards, of.shard, of.after],
  });
}

/**
 * How many commands of a shard up to this id were published within `withinMs` and are unanswered: those whose answers
 * may arrive soon. Stops counting at `most`.
 */
export async function countInProgress(
  db: Queryable,
  of: { actionId: number; shard: number; shards: number; upTo: number; withinMs: number; most: number },
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*) AS count
     FROM (
       SELECT publishedat, returnedat
       FROM commands
       WHERE status = 'sent'
         AND actionid = $1
         AND id % $2 = $3
         AND id <= $4
       ORDER BY id DESC
       LIMIT $6
     ) AS latest
     WHERE returnedat IS NULL
       AND (publishedat IS NULL OR publishedat > now() - $5 * interval '1 millisecond')`,
    [of.actionId, of.shards, of.shard, of.upTo, of.withinMs, of.most],
  );
  return rows[0]?.count ?? 0;
}

/**
 * Claims the returned commands of endpoints that sent a heartbeat; each goes to one worker. When that worker dies
 * before it has published a command, a heartbeat half a minute later claims the command again.
 *
 * A command of an action with brakes is not claimed: it waits for its turn again, and `braked` has its action.
 */
export async function claimReturned(
  db: Queryable,
  queuelocs: readonly string[],
): Promise<{ commands: OutgoingCommand[]; braked: number[] }> {
  const { rows } = await db.query<OutgoingRow & { braked: boolean }>(
    `WITH claimed AS (
       UPDATE commands c
       SET
         takenat = CASE WHEN NOT x.braked THEN now() END,
         returnedat = CASE WHEN NOT x.braked THEN c.returnedat END
       FROM actions x
       WHERE x.id = c.actionid
         AND ${MAY_BE_PUBLISHED}
         AND c.returnedat IS NOT NULL
         AND (c.takenat IS NULL OR c.takenat < now() - interval '30 seconds')
         AND x.status = 'inflight'
         AND x.expireafter > now()
         AND c.queueloc = ANY($1::text[])
       RETURNING c.*, x.braked
     )
     SELECT
       c.braked,${OUTGOING_COLUMNS}
     FROM claimed c
     JOIN agents a ON a.id = c.agentid
     ORDER BY c.id`,
    [queuelocs],
  );
  const braked = rows.filter((row) => row.braked).map(({ actionid }) => actionid);
  return {
    commands: rows.filter((row) => !row.braked).map(({ braked: _, ...row }) => toOutgoing(row)),
    braked: [...new Set(braked)],
  };
}

export async function markPublished(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE commands
     SET publishedat = now()
     WHERE id = ANY($1::numeric[]) AND publishedat IS NULL`,
    [ids],
  );
}

export async function markReturned(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE commands
     SET
       returnedat = now(),
       takenat = NULL
     WHERE id = ANY($1::numeric[])`,
    [ids],
  );
}

/**
 * The queues were full: the commands are published again at a heartbeat of their agents, in half a minute at the
 * earliest.
 */
export async function markRefused(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE commands
     SET
       returnedat = now(),
       takenat = now()
     WHERE id = ANY($1::numeric[])`,
    [ids],
  );
}

/** The relay was rebuilt from nothing: every unanswered command must be published again. Returns their number. */
export async function clearPublished(db: Queryable): Promise<number> {
  const result = await db.query(
    `UPDATE commands c
     SET
       publishedat = NULL,
       returnedat = now(),
       takenat = NULL
     FROM actions x
     WHERE x.id = c.actionid
       AND c.status = 'sent'
       AND c.publishedat IS NOT NULL
       AND x.expireafter > now()`,
  );
  return changedRows(result);
}

/** Ends the unanswered commands of an action. Returns their number. */
export async function endUnanswered(
  db: Queryable,
  { actionId, status }: { actionId: number; status: 'expired' | 'cancelled' },
): Promise<number> {
  const result = await db.query(
    `UPDATE commands
     SET
       status = $2,
       finishtime = now()
     WHERE actionid = $1 AND status = 'sent'`,
    [actionId, status],
  );
  return changedRows(result);
}

/** The endpoints of all commands that must be published again. */
export async function returnedQueues(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ queueloc: string }>(
    `SELECT DISTINCT queueloc
     FROM commands
     WHERE status = 'sent'
       AND publishedat IS NULL
       AND returnedat IS NOT NULL`,
  );
  return rows.map(({ queueloc }) => queueloc);
}

/** The driver's type allows null, which it returns only for statements that change no rows. */
function changedRows({ command, rowCount }: QueryResult): number {
  if (rowCount === null) throw new Error(`${command} does not count its rows`);
  return rowCount;
}

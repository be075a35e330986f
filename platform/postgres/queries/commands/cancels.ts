import type { Queryable } from '../../pool.ts';

/** A published command that was cancelled before its answer came, and a process that may run it. */
export interface CancelledCommand {
  id: number;
  queueloc: string;
  /** null: no running process of the endpoint understands a cancel. */
  pid: number | null;
  expireafter: string;
}

/** The command `c` was cancelled, and its endpoint may have received it. */
const IS_CANCELLED = `c.status = 'cancelled'
         AND c.results IS NULL
         AND c.publishedat IS NOT NULL`;
/** The endpoint may still run the cancelled command `c` of the action `x`. */
export const MAY_STILL_RUN = `${IS_CANCELLED}
         AND x.expireafter > now()
         AND x.upgradeid IS NULL`;
const UNDERSTANDS_CANCEL = `a.status IN ('online', 'idle') AND 'cancel' = ANY (a.capabilities)`;
/** An endpoint has one process, or two during an upgrade; but the agents' password is enough to register any number. */
const MAX_PROCESSES = 4;

/**
 * Joins each command of `page` with the processes of its endpoint that the cancel goes to, newest heartbeat first.
 */
function joinProcesses(condition: string): string {
  return `LEFT JOIN LATERAL (
       SELECT a.pid
       FROM agents a
       WHERE a.queueloc = page.queueloc AND ${condition}
       ORDER BY a.heartbeattime DESC
       LIMIT ${MAX_PROCESSES}
     ) a ON true`;
}

/** The next page of an action's cancelled commands, in id order; a command has a row for each process. */
export async function cancelledOfAction(
  db: Queryable,
  { actionId, after, limit }: { actionId: number; after: number; limit: number },
): Promise<CancelledCommand[]> {
  const { rows } = await db.query<CancelledCommand>(
    `WITH page AS (
       SELECT c.id, c.queueloc, c.topid, x.expireafter
       FROM commands c
       JOIN actions x ON x.id = c.actionid
       WHERE c.actionid = $1
         AND c.id > $2
         AND ${IS_CANCELLED}
       ORDER BY c.id
       LIMIT $3
     )
     SELECT page.id, page.queueloc, a.pid, page.expireafter
     FROM page
     ${joinProcesses(`${UNDERSTANDS_CANCEL} AND (page.topid IS NULL OR page.topid = a.pid)`)}
     ORDER BY page.id, a.pid`,
    [actionId, after, limit],
  );
  return rows;
}

/** The next page of cancelled commands that these endpoints may still run: they were away, or the cancel was lost. */
export async function cancelledOfEndpoints(
  db: Queryable,
  { queuelocs, after, limit }: { queuelocs: readonly string[]; after: number; limit: number },
): Promise<CancelledCommand[]> {
  const { rows } = await db.query<CancelledCommand>(
    `WITH page AS (
       SELECT c.id, c.queueloc, x.expireafter
       FROM commands c
       JOIN actions x ON x.id = c.actionid
       WHERE c.queueloc = ANY($1::text[])
         AND c.id > $2
         AND ${MAY_STILL_RUN}
       ORDER BY c.id
       LIMIT $3
     )
     SELECT page.id, page.queueloc, a.pid, page.expireafter
     FROM page
     ${joinProcesses(UNDERSTANDS_CANCEL)}
     ORDER BY page.id, a.pid`,
    [queuelocs, after, limit],
  );
  return rows;
}

import type { Queryable } from '../../pool.ts';

/** An open upgrade has two processes on purpose; for the agent `old`. */
export const NO_OPEN_UPGRADE = `NOT EXISTS (
         SELECT FROM upgrades u
         WHERE u.queueloc = old.queueloc AND u.finishedat IS NULL
       )`;
/** How far back newer processes are looked for: older silent ones have aged by then. */
const RECENT = `interval '1 hour'`;

/** Silent agents become idle, then offline, never both in one round (spec/scheduler.md#periodic-jobs). */
export async function ageAgents(
  db: Queryable,
  { idleAfterMs, offlineAfterMs }: { idleAfterMs: number; offlineAfterMs: number },
): Promise<void> {
  await age(db, { from: 'idle', to: 'offline', afterMs: offlineAfterMs });
  await age(db, { from: 'online', to: 'idle', afterMs: idleAfterMs });
}

async function age(
  db: Queryable,
  { from, to, afterMs }: { from: string; to: string; afterMs: number },
): Promise<void> {
  await db.query(
    `UPDATE agents
     SET status = $2
     WHERE status = $1
       AND heartbeattime < now() - $3 * interval '1 millisecond'`,
    [from, to, afterMs],
  );
}

/**
 * The newest process of an endpoint counts: a process that fell silent before the newest one started is taken as ended.
 * If it is alive, its next heartbeat brings it back.
 */
export async function retireOldProcesses(db: Queryable): Promise<void> {
  await db.query(
    `UPDATE agents old
     SET status = 'offline'
     FROM (
       SELECT queueloc, max(starttime) AS starttime
       FROM agents
       WHERE starttime > now() - ${RECENT} AND status IN ('online', 'idle')
       GROUP BY queueloc
     ) newest
     WHERE old.queueloc = newest.queueloc
       AND old.status IN ('online', 'idle')
       AND old.starttime < newest.starttime
       AND old.heartbeattime < newest.starttime
       AND ${NO_OPEN_UPGRADE}`,
  );
}

import { MAX_ENDPOINTS, MAX_EVENT_TEXT } from '../../../../contract/events/endpoint.ts';
import type { UpgradeOutcome, UpgradeStep } from '../../../../contract/rules/upgrade-protocol.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';
import { IS_REACHABLE } from './records.ts';

/** A change of one record; absent fields keep their value. */
export interface UpgradeChange {
  commandid: number;
  step: UpgradeStep;
  outcome?: UpgradeOutcome | undefined;
  reason?: string | undefined;
  oldpid?: number | undefined;
  oldversion?: string | undefined;
  oldstarttime?: string | undefined;
  newpid?: number | undefined;
  /** The command that the endpoint has to answer at this step. */
  stepcommandid?: number | undefined;
}

/**
 * Advances records that are not finished, in one statement, with events `upgrade.failed`. An upgrade that ends without being done makes the old
 * agent `online` again.
 */
export async function advanceUpgrades(db: Queryable, changes: readonly UpgradeChange[]): Promise<void> {
  if (changes.length === 0) return;
  await db.query(
    `WITH change AS (
       SELECT *
       FROM jsonb_to_recordset($1) AS change (
         commandid numeric,
         step text,
         outcome text,
         reason text,
         oldpid integer,
         oldversion text,
         oldstarttime timestamptz,
         newpid integer,
         stepcommandid numeric
       )
     ), commanded AS (
       INSERT INTO upgrade_commands (recordid, step, commandid)
       SELECT change.commandid, change.step, change.stepcommandid
       FROM change
         JOIN upgrades u ON u.commandid = change.commandid AND u.finishedat IS NULL
       WHERE change.stepcommandid IS NOT NULL
       ON CONFLICT (recordid, step) DO UPDATE
       SET commandid = excluded.commandid
     ), advanced AS (
       UPDATE upgrades u
       SET
         step = change.step,
         stepat = now(),
         steps = u.steps || jsonb_build_array(jsonb_build_object('step', change.step, 'at', now())),
         outcome = change.outcome,
         finishedat = CASE WHEN change.outcome IS NULL THEN NULL ELSE now() END,
         reason = coalesce(change.reason, u.reason),
         oldpid = coalesce(change.oldpid, u.oldpid),
         oldversion = coalesce(change.oldversion, u.oldversion),
         oldstarttime = coalesce(change.oldstarttime, u.oldstarttime),
         newpid = coalesce(change.newpid, u.newpid),
         checks = u.checks + CASE WHEN change.step = 'check sent' AND change.stepcommandid IS NOT NULL THEN 1 ELSE 0 END
       FROM change
       WHERE u.commandid = change.commandid AND u.finishedat IS NULL
       RETURNING u.commandid, u.actionid, u.queueloc, u.oldpid, u.step, u.outcome, u.reason
     ), failed AS (
       SELECT
         *,
         (row_number() OVER (PARTITION BY actionid ORDER BY commandid) - 1) / ${MAX_ENDPOINTS} AS page
       FROM advanced
       WHERE outcome IN ('failed', 'lingering')
     ), event AS (
       INSERT INTO events (kind, detail)
       SELECT
         'upgrade.failed',
         jsonb_build_object(
           'actionid', actionid,
           'count', count(*),
           'endpoints', jsonb_agg(
             jsonb_build_object(
               'queueloc', queueloc,
               'step', step,
               'outcome', outcome,
               'reason', left(reason, ${MAX_EVENT_TEXT})
             )
             ORDER BY commandid
           )
         )
       FROM failed
       GROUP BY actionid, page
     )
     UPDATE agents a
     SET status = 'online'
     FROM advanced
     WHERE advanced.outcome IS NOT NULL
       AND advanced.outcome <> 'done'
       AND a.queueloc = advanced.queueloc
       AND a.pid = advanced.oldpid
       AND a.status = 'upgraded'`,
    [toRecordset(changes)],
  );
}

/** Locks the next `count` reachable endpoints that wait for their turn, until the transaction ends. */
export async function lockNextWaiting(db: Queryable, actionId: number, count: number): Promise<number[]> {
  const { rows } = await db.query<{ commandid: number }>(
    `SELECT u.commandid
     FROM upgrades u
     JOIN commands c ON c.id = u.commandid
     WHERE u.actionid = $1
       AND u.step = 'waiting'
       AND u.finishedat IS NULL
       AND c.status = 'sent'
       AND ${IS_REACHABLE}
     ORDER BY u.commandid
     LIMIT $2
     FOR UPDATE OF u SKIP LOCKED`,
    [actionId, count],
  );
  return rows.map((row) => row.commandid);
}

export async function idsAt(db: Queryable, actionId: number, step: UpgradeStep): Promise<number[]> {
  const { rows } = await db.query<{ commandid: number }>(
    `SELECT commandid
     FROM upgrades
     WHERE actionid = $1
       AND step = $2
       AND finishedat IS NULL
     ORDER BY commandid`,
    [actionId, step],
  );
  return rows.map((row) => row.commandid);
}

/**
 * Marks the old agents whose pid was returned as upgraded, so that targets find the new ones. Returns their records.
 */
export async function markOldAgents(db: Queryable, actionId: number): Promise<number[]> {
  await db.query(
    `UPDATE agents a
     SET status = 'upgraded'
     FROM upgrades u
     WHERE u.actionid = $1
       AND u.step = 'old pid returned'
       AND u.finishedat IS NULL
       AND a.queueloc = u.queueloc
       AND a.pid = u.oldpid
       AND a.status <> 'destroyed'`,
    [actionId],
  );
  return idsAt(db, actionId, 'old pid returned');
}

/** The new version's process on the same queue: the one with the latest heartbeat. */
export async function newAgents(
  db: Queryable,
  actionId: number,
): Promise<{ commandid: number; newpid: number }[]> {
  const { rows } = await db.query<{ commandid: number; newpid: number }>(
    `SELECT DISTINCT ON (u.commandid)
       u.commandid,
       a.pid AS newpid
     FROM upgrades u
     JOIN commands c ON c.id = u.commandid
     JOIN agents a ON a.queueloc = u.queueloc
     WHERE u.actionid = $1
       AND u.step = 'old agent marked upgraded'
       AND u.finishedat IS NULL
       AND a.version = u.toversion
       AND a.pid <> u.oldpid
       AND a.status = 'online'
       AND a.heartbeattime > c.starttime
     ORDER BY u.commandid, a.heartbeattime DESC`,
    [actionId],
  );
  return rows;
}

/** Marks the old agents of these records as destroyed. */
export async function markDestroyed(db: Queryable, commandIds: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE agents a
     SET
       status = 'destroyed',
       destructiontime = now()
     FROM upgrades u
     WHERE u.commandid = ANY($1::numeric[])
       AND a.queueloc = u.queueloc
       AND a.pid = u.oldpid`,
    [commandIds],
  );
}

/** Records that stayed at a step for longer than the timeout; those at `sent` only when the action is over. */
export async function overdueUpgrades(
  db: Queryable,
  actionId: number,
  { timeoutMs, isOver }: { timeoutMs: number; isOver: boolean },
): Promise<{ commandid: number; step: UpgradeStep }[]> {
  const { rows } = await db.query<{ commandid: number; step: UpgradeStep }>(
    `SELECT commandid, step
     FROM upgrades
     WHERE actionid = $1
       AND finishedat IS NULL
       AND step <> 'waiting'
       AND (step <> 'sent' OR $3)
       AND stepat < now() - $2 * interval '1 millisecond'
     LIMIT 1000`,
    [actionId, timeoutMs, isOver],
  );
  return rows;
}

/** Ends the records that were never sent. */
export async function endWaiting(
  db: Queryable,
  actionId: number,
  { outcome, reason }: { outcome: UpgradeOutcome; reason: string },
): Promise<void> {
  await db.query(
    `UPDATE upgrades
     SET
       outcome = $2,
       reason = $3,
       finishedat = now()
     WHERE actionid = $1
       AND finishedat IS NULL
       AND step = 'waiting'`,
    [actionId, outcome, reason],
  );
}

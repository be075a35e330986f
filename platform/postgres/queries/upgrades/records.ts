import type {
  UpgradeCounts,
  UpgradeOutcome,
  UpgradeStep,
} from '../../../../contract/rules/upgrade-protocol.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';

/** Creates one record for each command of an upgrade, once. `versions`: the new version by `<os>/<arch>`. */
export async function openUpgradeRecords(
  db: Queryable,
  actionId: number,
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  await db.query(
    `UPDATE actions
     SET upgradeid = id
     WHERE id = $1 AND upgradeid IS NULL`,
    [actionId],
  );
  await db.query(
    `INSERT INTO upgrades (commandid, actionid, queueloc, toversion)
     SELECT c.id, c.actionid, c.queueloc, v.version
     FROM commands c
     JOIN agents a ON a.id = c.agentid
     LEFT JOIN jsonb_to_recordset($2) AS v (
       platform text,
       version text
     )
       ON v.platform = (a.environment ->> 'os') || '/' || (a.environment ->> 'arch')
     WHERE c.actionid = $1
     ON CONFLICT (commandid) DO NOTHING`,
    [actionId, toRecordset([...versions].map(([platform, version]) => ({ platform, version })))],
  );
}

/** Some process of the endpoint sent a heartbeat lately, or checks in by itself. */
export const IS_REACHABLE = `EXISTS (
         SELECT FROM agents a
         WHERE a.queueloc = u.queueloc
           AND (a.status IN ('online', 'idle') OR a.status = 'offline' AND a.mode = 'checkin')
       )`;

const MAX_REACHABLE = 1000;

interface CountRow {
  step: UpgradeStep;
  outcome: UpgradeOutcome | null;
  count: number;
  silent: number;
  reachable: number;
}

/** `silentAfterMs`: how long an endpoint may take to answer before it loses its place. */
export async function countUpgrades(
  db: Queryable,
  actionId: number,
  silentAfterMs: number,
): Promise<UpgradeCounts> {
  const { rows } = await db.query<CountRow>(
    `SELECT
       step,
       outcome,
       count(*) AS count,
       count(*) FILTER (
         WHERE step = 'sent'
           AND outcome IS NULL
           AND stepat < now() - $2 * interval '1 millisecond'
       ) AS silent,
       (
         SELECT count(*)
         FROM (
           SELECT FROM upgrades u
           WHERE u.actionid = $1
             AND u.step = 'waiting'
             AND u.finishedat IS NULL
             AND ${IS_REACHABLE}
           LIMIT ${MAX_REACHABLE}
         ) AS found
       ) AS reachable
     FROM upgrades
     WHERE actionid = $1
     GROUP BY step, outcome`,
    [actionId, silentAfterMs],
  );
  const counts: UpgradeCounts = { open: {}, finished: {}, reachable: 0, silent: 0 };
  for (const { step, outcome, count, silent, reachable } of rows) {
    counts.reachable = reachable; // the same in each row
    counts.silent += silent;
    if (outcome === null) counts.open[step] = count;
    else counts.finished[outcome] = (counts.finished[outcome] ?? 0) + count;
  }
  return counts;
}

/** The upgrades in progress on any of these endpoints. */
export async function openUpgradesOf(db: Queryable, queuelocs: readonly string[]): Promise<number[]> {
  const { rows } = await db.query<{ actionid: number }>(
    `SELECT DISTINCT actionid
     FROM upgrades
     WHERE queueloc = ANY($1::text[]) AND finishedat IS NULL`,
    [queuelocs],
  );
  return rows.map((row) => row.actionid);
}

/** The record of one endpoint, for people. */
export interface UpgradeRecord {
  commandid: number;
  queueloc: string;
  name: string;
  step: UpgradeStep;
  stepat: string;
  steps: { step: UpgradeStep; at: string }[];
  outcome: UpgradeOutcome | null;
  reason: string | null;
  oldversion: string | null;
  toversion: string | null;
  oldpid: number | null;
  newpid: number | null;
}

const MOST_URGENT_FIRST = `
       array_position(ARRAY['lingering', 'failed'], outcome::text),
       outcome NULLS FIRST,
       commandid`;

/** Records of an upgrade, the most urgent first: failed, then in progress, then done. The page is chosen before it is joined. */
export async function upgradeRecords(
  db: Queryable,
  actionId: number,
  { limit, offset, isAll }: { limit: number; offset: number; isAll: boolean },
): Promise<UpgradeRecord[]> {
  const { rows } = await db.query<Omit<UpgradeRecord, 'steps'> & { steps: string }>(
    `SELECT
       u.commandid,
       u.queueloc,
       a.name,
       u.step,
       u.stepat,
       u.steps::text,
       u.outcome,
       u.reason,
       u.oldversion,
       u.toversion,
       u.oldpid,
       u.newpid
     FROM (
       SELECT *
       FROM upgrades
       WHERE actionid = $1 AND ($4 OR outcome IS DISTINCT FROM 'done')
       ORDER BY ${MOST_URGENT_FIRST}
       LIMIT $2
       OFFSET $3
     ) AS u
     JOIN commands c ON c.id = u.commandid
     JOIN agents a ON a.id = c.agentid
     ORDER BY ${MOST_URGENT_FIRST}`,
    [actionId, limit, offset, isAll],
  );
  return rows.map((row) => ({ ...row, steps: JSON.parse(row.steps) }));
}

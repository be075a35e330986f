import type { UpgradeCounts, UpgradeOutcome, UpgradeStep } from '../../../contract/rules/upgrade-steps.ts';
import type { Queryable } from '../pool.ts';
import { OUTGOING_COLUMNS, type OutgoingCommand, toOutgoing } from './commands.ts';

/** The record of one endpoint as people see it. */
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

/** Makes one record for each command of an upgrade, once; `versions` tells the version for each `<os>/<arch>`. */
export async function openUpgradeRecords(
  db: Queryable,
  actionId: number,
  versions: ReadonlyMap<string, string>,
): Promise<void> {
  await db.query('UPDATE actions SET upgradeid = id WHERE id = $1 AND upgradeid IS NULL', [actionId]);
  await db.query(
    `INSERT INTO upgrades (commandid, actionid, queueloc, toversion)
     SELECT c.id, c.actionid, c.queueloc, v.version FROM commands c JOIN agents a ON a.id = c.agentid
       LEFT JOIN unnest($2::text[], $3::text[]) AS v (platform, version)
         ON v.platform = (a.environment ->> 'os') || '/' || (a.environment ->> 'arch')
     WHERE c.actionid = $1 ON CONFLICT (commandid) DO NOTHING`,
    [actionId, [...versions.keys()], [...versions.values()]],
  );
}

/** Reachable now: some process of the endpoint gave a sign of life lately, or it looks in by itself. */
const REACHABLE = `EXISTS (SELECT 1 FROM agents a WHERE a.queueloc = u.queueloc
    AND (a.status IN ('online', 'idle') OR a.status = 'offline' AND a.mode = 'checkin'))`;

const MOST_REACHABLE = 1000;

/** `silentAfterMs`: how long an endpoint may take to answer before nobody waits for it. */
export async function countUpgrades(
  db: Queryable,
  actionId: number,
  silentAfterMs: number,
): Promise<UpgradeCounts> {
  const { rows } = await db.query(
    `SELECT step, outcome, count(*) AS count,
       count(*) FILTER (WHERE step = 'sent' AND outcome IS NULL AND stepat < now() - $2 * interval '1 millisecond') AS silent,
       (SELECT count(*) FROM (SELECT 1 FROM upgrades u WHERE u.actionid = $1 AND u.step = 'waiting' AND u.finishedat IS NULL
         AND ${REACHABLE} LIMIT ${MOST_REACHABLE}) AS found) AS reachable
     FROM upgrades WHERE actionid = $1 GROUP BY step, outcome`,
    [actionId, silentAfterMs],
  );
  const counts: UpgradeCounts = { open: {}, finished: {}, reachable: rows[0]?.reachable ?? 0, silent: 0 };
  for (const { step, outcome, count, silent } of rows) {
    counts.silent += silent;
    if (outcome === null) counts.open[step as UpgradeStep] = count;
    else {
      const key = outcome as UpgradeOutcome;
      counts.finished[key] = (counts.finished[key] ?? 0) + count;
    }
  }
  return counts;
}

/** Lets the next so many that can be reached begin. */
export async function beginUpgrades(db: Queryable, actionId: number, count: number): Promise<void> {
  await db.query(
    `WITH next AS (
       SELECT u.commandid FROM upgrades u JOIN commands c ON c.id = u.commandid
       WHERE u.actionid = $1 AND u.step = 'waiting' AND u.finishedat IS NULL AND c.status = 'sent' AND ${REACHABLE}
       ORDER BY u.commandid LIMIT $2 FOR UPDATE OF u SKIP LOCKED
     )
     UPDATE upgrades u SET ${MOVED.replaceAll('$step', "'sent'")} FROM next WHERE u.commandid = next.commandid`,
    [actionId, count],
  );
}

const MOVED = `step = $step, stepat = now(), steps = u.steps || jsonb_build_array(jsonb_build_object('step', $step, 'at', now()))`;

/** Columns with the command of a step: the upgrade itself, and what follows it. */
export type StepCommand = 'commandid' | 'killid' | 'checkid' | 'removeid';

/** Commands of this step that the relay does not have yet. */
export async function unsentOfStep(
  db: Queryable,
  actionId: number,
  { step, column }: { step: UpgradeStep; column: StepCommand },
): Promise<OutgoingCommand[]> {
  const { rows } = await db.query(
    `SELECT ${OUTGOING_COLUMNS} FROM upgrades u JOIN commands c ON c.id = u.${column} JOIN agents a ON a.id = c.agentid
     WHERE u.actionid = $1 AND u.step = $2 AND u.finishedat IS NULL AND c.status = 'sent' AND c.publishedat IS NULL
       AND c.returnedat IS NULL ORDER BY c.id`,
    [actionId, step],
  );
  return rows.map(toOutgoing);
}

/** The answer to a step's command; text is cut, for whoever answers may say anything. */
export interface StepAnswer {
  commandid: number;
  status: string;
  success: boolean;
  elements: string | null;
  error: string | null;
  checks: number;
  oldpid: number | null;
  toversion: string | null;
  /** The process that the upgrade was sent to, as it was registered. */
  agentpid: number;
  agentversion: string;
}

export async function answersOfStep(
  db: Queryable,
  actionId: number,
  { step, column }: { step: UpgradeStep; column: StepCommand },
): Promise<StepAnswer[]> {
  const { rows } = await db.query(
    `SELECT u.commandid, c.status, coalesce(c.results -> 0 ->> 'success' = 'true', false) AS success,
       left((c.results -> 0 -> 'elements')::text, 20000) AS elements, left(c.results -> 0 -> 'errors' ->> 0, 500) AS error,
       u.checks, u.oldpid, u.toversion, a.pid AS agentpid, a.version AS agentversion
     FROM upgrades u JOIN commands c ON c.id = u.${column}
       JOIN commands first ON first.id = u.commandid JOIN agents a ON a.id = first.agentid
     WHERE u.actionid = $1 AND u.step = $2 AND u.finishedat IS NULL AND c.status <> 'sent' ORDER BY u.commandid LIMIT 1000`,
    [actionId, step],
  );
  return rows;
}

/** What becomes of one record; what is not given stays as it is. */
export interface UpgradeMove {
  commandid: number;
  step: UpgradeStep;
  outcome?: UpgradeOutcome | undefined;
  reason?: string | undefined;
  oldpid?: number | undefined;
  oldversion?: string | undefined;
  oldstarttime?: string | undefined;
  newpid?: number | undefined;
  killid?: number | undefined;
  checkid?: number | undefined;
  removeid?: number | undefined;
}

/** Moves records in one statement. One that ends without being done gives the old agent its place back. */
export async function moveUpgrades(db: Queryable, moves: readonly UpgradeMove[]): Promise<void> {
  if (moves.length === 0) return;
  const column = <K extends keyof UpgradeMove>(key: K) => moves.map((move) => move[key] ?? null);
  await db.query(
    `WITH moves AS (
       SELECT * FROM unnest($1::numeric[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[],
         $8::int[], $9::numeric[], $10::numeric[], $11::numeric[])
         AS m (commandid, step, outcome, reason, oldpid, oldversion, oldstarttime, newpid, killid, checkid, removeid)
     ), moved AS (
       UPDATE upgrades u SET ${MOVED.replaceAll('$step', 'm.step')}, outcome = m.outcome,
         finishedat = CASE WHEN m.outcome IS NULL THEN NULL ELSE now() END, reason = coalesce(m.reason, u.reason),
         oldpid = coalesce(m.oldpid, u.oldpid), oldversion = coalesce(m.oldversion, u.oldversion),
         oldstarttime = coalesce(m.oldstarttime, u.oldstarttime), newpid = coalesce(m.newpid, u.newpid),
         killid = coalesce(m.killid, u.killid), checkid = coalesce(m.checkid, u.checkid),
         removeid = coalesce(m.removeid, u.removeid), checks = u.checks + CASE WHEN m.checkid IS NULL THEN 0 ELSE 1 END
       FROM moves m WHERE u.commandid = m.commandid AND u.finishedat IS NULL
       RETURNING u.queueloc, u.oldpid, u.outcome
     )
     UPDATE agents a SET status = 'online' FROM moved
     WHERE moved.outcome IS NOT NULL AND moved.outcome <> 'done' AND a.queueloc = moved.queueloc AND a.pid = moved.oldpid
       AND a.status = 'upgraded'`,
    [
      column('commandid'),
      column('step'),
      column('outcome'),
      column('reason'),
      column('oldpid'),
      column('oldversion'),
      column('oldstarttime'),
      column('newpid'),
      column('killid'),
      column('checkid'),
      column('removeid'),
    ],
  );
}

/** Whoever asks for agents gets the new one from now on. */
export async function markOldAgents(db: Queryable, actionId: number): Promise<number[]> {
  await db.query(
    `UPDATE agents a SET status = 'upgraded' FROM upgrades u
     WHERE u.actionid = $1 AND u.step = 'old pid returned' AND u.finishedat IS NULL AND a.queueloc = u.queueloc
       AND a.pid = u.oldpid AND a.status <> 'destroyed'`,
    [actionId],
  );
  return idsAt(db, actionId, 'old pid returned');
}

export async function idsAt(db: Queryable, actionId: number, step: UpgradeStep): Promise<number[]> {
  const { rows } = await db.query(
    'SELECT commandid FROM upgrades WHERE actionid = $1 AND step = $2 AND finishedat IS NULL ORDER BY commandid',
    [actionId, step],
  );
  return rows.map((row) => row.commandid);
}

/** The new version's process on the same queue, the one that gave a sign of life last. */
export async function newAgents(
  db: Queryable,
  actionId: number,
): Promise<{ commandid: number; newpid: number }[]> {
  const { rows } = await db.query(
    `SELECT DISTINCT ON (u.commandid) u.commandid, a.pid AS newpid
     FROM upgrades u JOIN commands c ON c.id = u.commandid JOIN agents a ON a.queueloc = u.queueloc
     WHERE u.actionid = $1 AND u.step = 'old agent marked upgraded' AND u.finishedat IS NULL AND a.version = u.toversion
       AND a.pid <> u.oldpid AND a.status = 'online' AND a.heartbeattime > c.starttime
     ORDER BY u.commandid, a.heartbeattime DESC`,
    [actionId],
  );
  return rows;
}

/** What a follow-up command needs to know of a record. */
export interface FollowUp {
  commandid: number;
  queueloc: string;
  oldpid: number;
  oldversion: string;
  oldstarttime: string | null;
  newpid: number;
  newagentid: number;
}

/** Records at this step, with the registration of the new agent; those that were tried again lately wait a little. */
export async function followUpsAt(db: Queryable, actionId: number, step: UpgradeStep): Promise<FollowUp[]> {
  const { rows } = await db.query(
    `SELECT u.commandid, u.queueloc, u.oldpid, u.oldversion, u.oldstarttime, u.newpid, a.id AS newagentid
     FROM upgrades u JOIN agents a ON a.queueloc = u.queueloc AND a.pid = u.newpid
     WHERE u.actionid = $1 AND u.step = $2 AND u.finishedat IS NULL
       AND (u.checks = 0 OR u.step <> 'kill acknowledged' OR u.stepat < now() - interval '2 seconds')
     ORDER BY u.commandid LIMIT 1000`,
    [actionId, step],
  );
  return rows;
}

export async function markDestroyed(db: Queryable, commandIds: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE agents a SET status = 'destroyed', destructiontime = now() FROM upgrades u
     WHERE u.commandid = ANY($1::numeric[]) AND a.queueloc = u.queueloc AND a.pid = u.oldpid`,
    [commandIds],
  );
}

/** Records that wait for something other than being sent for longer than that. */
export async function overdueUpgrades(
  db: Queryable,
  actionId: number,
  { timeoutMs, isOver }: { timeoutMs: number; isOver: boolean },
): Promise<{ commandid: number; step: UpgradeStep }[]> {
  const { rows } = await db.query(
    `SELECT commandid, step FROM upgrades WHERE actionid = $1 AND finishedat IS NULL AND step <> 'waiting'
       AND (step <> 'sent' OR $3) AND stepat < now() - $2 * interval '1 millisecond' LIMIT 1000`,
    [actionId, timeoutMs, isOver],
  );
  return rows;
}

/**
 * A process's own queue is gone with its connection, and what waited there with it: kills that were not answered for a
 * while go out again. To the same process they are the same command, which it runs once.
 */
export async function takeBackKills(db: Queryable, actionId: number, afterMs: number): Promise<void> {
  await db.query(
    `UPDATE commands c SET publishedat = NULL, returnedat = NULL FROM upgrades u
     WHERE u.actionid = $1 AND u.step = 'kill sent' AND u.finishedat IS NULL AND c.id = u.killid AND c.status = 'sent'
       AND coalesce(c.publishedat, c.returnedat) < now() - $2 * interval '1 millisecond'`,
    [actionId, afterMs],
  );
}

/** Ends what was never sent. */
export async function endWaitingUpgrades(
  db: Queryable,
  actionId: number,
  { outcome, reason }: { outcome: UpgradeOutcome; reason: string },
): Promise<void> {
  await db.query(
    `UPDATE upgrades SET outcome = $2, reason = $3, finishedat = now()
     WHERE actionid = $1 AND finishedat IS NULL AND step = 'waiting'`,
    [actionId, outcome, reason],
  );
}

/** Upgrades that wait for something of these endpoints. */
export async function openUpgradesOf(db: Queryable, queuelocs: readonly string[]): Promise<number[]> {
  const { rows } = await db.query(
    'SELECT DISTINCT actionid FROM upgrades WHERE queueloc = ANY($1::text[]) AND finishedat IS NULL',
    [queuelocs],
  );
  return rows.map((row) => row.actionid);
}

/** Records of an upgrade, those that need somebody first: failed, then under way, then done. */
export async function upgradeRecords(
  db: Queryable,
  actionId: number,
  { limit, offset, isAll }: { limit: number; offset: number; isAll: boolean },
): Promise<UpgradeRecord[]> {
  const { rows } = await db.query(
    `SELECT u.commandid, u.queueloc, a.name, u.step, u.stepat, u.steps::text, u.outcome, u.reason, u.oldversion, u.toversion,
       u.oldpid, u.newpid
     FROM upgrades u JOIN commands c ON c.id = u.commandid JOIN agents a ON a.id = c.agentid
     WHERE u.actionid = $1 AND ($4 OR u.outcome IS DISTINCT FROM 'done')
     ORDER BY array_position(ARRAY['lingering', 'failed'], u.outcome::text), u.outcome NULLS FIRST, u.commandid
     LIMIT $2 OFFSET $3`,
    [actionId, limit, offset, isAll],
  );
  return rows.map((row) => ({ ...row, steps: JSON.parse(row.steps) }));
}

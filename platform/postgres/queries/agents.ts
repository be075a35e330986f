import { encodeJson } from '../../../contract/go/json.ts';
import type { Heartbeat } from '../../../contract/heartbeat.ts';
import { TIME_NEVER, TIME_ZERO } from '../../../contract/times.ts';
import type { Queryable } from '../pool.ts';
import { MAY_STILL_RUN } from './cancels.ts';

export interface AgentRow {
  id: number;
  name: string;
  queueloc: string;
  mode: string;
  version: string;
  pid: number;
  starttime: string;
  destructiontime: string | null;
  heartbeattime: string;
  refreshtime: string;
  status: string;
  environment: string;
  tags: string;
  loadername: string | null;
  notice: string | null;
}

export const AGENT_COLUMNS = [
  'id',
  'name',
  'queueloc',
  'mode',
  'version',
  'pid',
  'starttime',
  'destructiontime',
  'heartbeattime',
  'refreshtime',
  'status',
  'environment',
  'tags',
  'loadername',
  'notice',
].map((column) => `agents.${column}`);

export async function agentById(db: Queryable, id: number): Promise<AgentRow | undefined> {
  const text = `SELECT ${AGENT_COLUMNS.join(', ')} FROM agents WHERE id = $1`;
  const { rows } = await db.query({ name: 'agent by id', text, values: [id] });
  return rows[0];
}

/** The endpoint may still run a command of an action that was cancelled, and would understand a cancel. */
const HAS_CANCELLED = `'cancel' = ANY (a.capabilities) AND EXISTS (
       SELECT 1 FROM commands c JOIN actions x ON x.id = c.actionid
       WHERE c.queueloc = a.queueloc AND ${MAY_STILL_RUN})`;

/** Of a heartbeat: another process has the number now. MIG's HTTP heartbeats and old agents do not say when they began. */
const BEGINS = 'coalesce(excluded.startedat <> a.startedat, false)';
/** Two processes speak in turns under one number, as the first ones of two containers: none was started again so often. */
const IN_TURNS = `${BEGINS} AND coalesce(excluded.startedat = a.formerstart, false)`;
/** Of a heartbeat: too old to say that its agent is there. */
const IS_LATE = `excluded.status = 'offline'`;
/** What an agent says of itself is taken when it is newer than what is known, and that cannot be from ahead of now. */
const IS_NEWER = `(${BEGINS} OR ${IS_LATE} OR excluded.refreshtime > least(a.refreshtime, a.heartbeattime))`;
/** Between two heartbeats of one batch or of two workers the order may be lost. */
const ORDER_IS_SURE = `interval '10 seconds'`;

/**
 * Records a batch of heartbeats in one statement, rows in key order. What an agent says of itself is taken over when
 * its refresh time moved on; one ahead of now is held down to now. Processes marked destroyed or upgraded stay so: their
 * heartbeat does not revive them, but another version or another start under the same number is another process. A late
 * one makes or changes the record of an agent that is offline, until another comes in time; no other. Returns the endpoints with a process that was not known, and those that may still run what was cancelled.
 */
export async function recordHeartbeats(
  db: Queryable,
  heartbeats: readonly Heartbeat[],
): Promise<{ newcomers: string[]; withCancelled: string[] }> {
  const newest = new Map(
    heartbeats.map((heartbeat) => [`${heartbeat.queueloc} ${heartbeat.pid}`, heartbeat]),
  );
  const rows = [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, heartbeat]) => heartbeat);
  const { rows: recorded } = await db.query(
    `INSERT INTO agents AS a (name, queueloc, mode, version, pid, starttime, destructiontime, heartbeattime, refreshtime,
       status, environment, tags, capabilities, startedat)
     SELECT name, queueloc, mode, version, pid, now(), '${TIME_NEVER}',
       CASE WHEN islate THEN least(sentat, now()) ELSE now() END,
       CASE WHEN islate THEN '${TIME_ZERO}' ELSE least(refreshtime, now()) END,
       CASE WHEN islate THEN 'offline' WHEN islast THEN 'idle' ELSE 'online' END,
       environment, tags, string_to_array(words, ' '),
       nullif(startedat, '${TIME_ZERO}')
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::json[], $8::json[], $9::text[],
         $11::timestamptz[], $12::boolean[], $13::boolean[], $14::timestamptz[])
       AS t (name, queueloc, mode, version, pid, refreshtime, environment, tags, words, startedat, islast, islate, sentat)
     ON CONFLICT (queueloc, pid) DO UPDATE SET
       heartbeattime = CASE WHEN ${IS_LATE} THEN a.heartbeattime ELSE now() END,
       status = CASE
         WHEN a.status IN ('destroyed', 'upgraded') AND a.version = excluded.version AND NOT ${BEGINS} THEN a.status
         ELSE excluded.status
       END,
       destructiontime = CASE WHEN a.status = 'removed' THEN excluded.destructiontime ELSE a.destructiontime END,
       name = CASE WHEN ${IS_NEWER} THEN excluded.name ELSE a.name END,
       mode = excluded.mode,
       version = CASE WHEN ${IS_NEWER} THEN excluded.version ELSE a.version END,
       environment = CASE WHEN ${IS_NEWER} THEN excluded.environment ELSE a.environment END,
       tags = CASE WHEN ${IS_NEWER} THEN excluded.tags ELSE a.tags END,
       refreshtime = CASE WHEN ${IS_NEWER} THEN excluded.refreshtime ELSE a.refreshtime END,
       capabilities = CASE WHEN a.queueloc = ANY ($10::text[]) THEN a.capabilities ELSE excluded.capabilities END,
       starttime = CASE WHEN ${BEGINS} AND NOT (${IN_TURNS}) THEN now() ELSE a.starttime END,
       startedat = coalesce(excluded.startedat, a.startedat),
       formerstart = CASE WHEN ${BEGINS} THEN a.startedat ELSE a.formerstart END,
       twinat = CASE WHEN ${IN_TURNS} AND a.starttime < now() - ${ORDER_IS_SURE} THEN now() ELSE a.twinat END
     WHERE NOT ${IS_LATE} OR a.status = 'offline'
     RETURNING queueloc, xmax = 0 AND status <> 'offline' AS "isNew", ${HAS_CANCELLED} AS "hasCancelled"`,
    [
      rows.map((h) => h.name),
      rows.map((h) => h.queueloc),
      rows.map((h) => h.mode),
      rows.map((h) => h.version),
      rows.map((h) => h.pid),
      rows.map((h) => h.refreshts),
      rows.map((h) => encodeJson(h.environment)),
      rows.map((h) => encodeJson(h.tags)),
      rows.map((h) => (h.capabilities ?? []).join(' ')),
      rows.filter((h) => h.capabilities === undefined).map((h) => h.queueloc),
      rows.map((h) => h.starttime),
      rows.map((h) => h.isLast),
      rows.map((h) => h.isLate),
      rows.map((h) => h.sentAt),
    ],
  );
  const queuelocs = (kept: (row: { isNew: boolean; hasCancelled: boolean }) => boolean) =>
    recorded.filter(kept).map(({ queueloc }) => queueloc as string);
  return {
    newcomers: queuelocs(({ isNew }) => isNew),
    withCancelled: queuelocs(({ hasCancelled }) => hasCancelled),
  };
}

/** Silent agents become idle, then offline, never both in one round (spec/scheduler.md#periodic-jobs). */
export async function ageAgents(
  db: Queryable,
  { idleAfterMs, offlineAfterMs }: { idleAfterMs: number; offlineAfterMs: number },
): Promise<void> {
  const age = (from: string, to: string, ms: number) =>
    db.query(
      `UPDATE agents SET status = '${to}' WHERE status = '${from}' AND heartbeattime < now() - $1 * interval '1 millisecond'`,
      [ms],
    );
  await age('idle', 'offline', offlineAfterMs);
  await age('online', 'idle', idleAfterMs);
}

/** How far back processes are looked for that began after others: those fell silent, and age otherwise. */
const RECENT = `interval '1 hour'`;
/** An open upgrade has two processes on purpose. */
const NO_OPEN_UPGRADE = `NOT EXISTS (SELECT 1 FROM upgrades u WHERE u.queueloc = old.queueloc AND u.finishedat IS NULL)`;

/**
 * The newest process of an endpoint counts: one that fell silent before it began has ended. Should it live all the same,
 * its next heartbeat says so, and there are two.
 */
export async function retireOldProcesses(db: Queryable): Promise<void> {
  await db.query(
    `UPDATE agents old SET status = 'offline'
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

/** Two agents on one endpoint, both alive. */
export interface DuplicateAgent {
  queueloc: string;
  name: string;
  oldPid: number;
  oldVersion: string;
  newName: string;
  newPid: number;
  newVersion: string;
}

/** How long two processes that spoke in turns under one number are known as two: as long as an agent may be silent. */
const TWINS_LAST = `interval '30 minutes'`;

/**
 * Endpoints on which a process still gives signs of life though a later one began: one that was started again does not.
 * Two that share a number, too, are told by their turns (spec/scheduler.md#duplicate-agents). The records of both say
 * so.
 */
export async function duplicateAgents(db: Queryable): Promise<DuplicateAgent[]> {
  const { rows } = await db.query(
    // Each with the one that began next: pairs of all with all would take for ever where somebody registered many.
    `WITH alive AS (
       SELECT id, queueloc, name, pid, version, starttime, heartbeattime, twinat,
         lead(id) OVER later AS "newId", lead(name) OVER later AS "newName", lead(pid) OVER later AS "newPid",
         lead(version) OVER later AS "newVersion", lead(starttime) OVER later AS "newStart"
       FROM agents
       WHERE status = 'online' AND mode <> 'checkin'
       WINDOW later AS (PARTITION BY queueloc ORDER BY starttime, id)
     ), pair AS (
       SELECT old.id, old."newId", old.queueloc, old.name, old.pid AS "oldPid", old.version AS "oldVersion",
         old."newName", old."newPid", old."newVersion",
         format('two agents answer for this endpoint: process %s of %s and process %s of %s', old.pid, left(old.name, 200),
           old."newPid", left(old."newName", 200)) AS text
       FROM alive old
       WHERE old."newStart" > old.starttime
         AND old.heartbeattime > old."newStart" + ${ORDER_IS_SURE}
         AND ${NO_OPEN_UPGRADE}
       UNION ALL
       SELECT id, id, queueloc, name, pid, version, name, pid, version,
         format('two machines answer for this endpoint, both as process %s', pid)
       FROM alive
       WHERE twinat > now() - ${TWINS_LAST}
     ), found AS (
       SELECT id, max(text) AS text
       FROM (SELECT id, text FROM pair UNION ALL SELECT "newId", text FROM pair) each
       GROUP BY id
     ), noted AS (
       UPDATE agents a SET notice = due.text
       FROM (
         SELECT coalesce(found.id, known.id) AS id, found.text
         FROM found
         FULL JOIN (SELECT id FROM agents WHERE notice IS NOT NULL) known ON known.id = found.id
       ) due
       WHERE a.id = due.id AND a.notice IS DISTINCT FROM due.text
     )
     SELECT queueloc, name, "oldPid", "oldVersion", "newName", "newPid", "newVersion"
     FROM pair
     ORDER BY queueloc
     LIMIT 1000`,
  );
  return rows;
}

/** The processes of an endpoint that were taken out of the fleet; or why none was. */
export type Removal = { id: number; name: string; pid: number }[] | 'unknown' | 'alive';

/**
 * Takes an endpoint out of the fleet: its agent was removed, or will not come back. Nothing is deleted, for its answers
 * belong to their actions. Refused while a process of it is heard; should one come back, it is in the fleet again.
 */
export async function removeEndpoint(db: Queryable, queueloc: string): Promise<Removal> {
  const { rows: processes } = await db.query(
    'SELECT id, status FROM agents WHERE queueloc = $1 ORDER BY id FOR UPDATE',
    [queueloc],
  );
  if (processes.some(({ status }) => status === 'online')) return 'alive';
  const { rows } = await db.query(
    `UPDATE agents
     SET
       status = 'removed',
       destructiontime = now(),
       notice = NULL
     WHERE queueloc = $1 AND status IN ('idle', 'offline')
     RETURNING id, name, pid`,
    [queueloc],
  );
  return rows.length === 0 ? 'unknown' : rows;
}

import type { Heartbeat } from '../../../contract/heartbeat.ts';
import { encodeJson } from '../../../contract/rules/go-json.ts';
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

/**
 * Records a batch of heartbeats in one statement, rows in key order. What an agent says of itself is taken over when
 * its refresh time moved on. Processes marked destroyed or upgraded stay so: their heartbeat does not revive them, but
 * another version under the same number is another process. Returns the endpoints with a process that was not known, and
 * those that may still run what was cancelled.
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
       status, environment, tags, capabilities)
     SELECT name, queueloc, mode, version, pid, now(), '9998-01-11T11:11:11Z', now(), refreshtime, 'online', environment, tags,
       string_to_array(words, ' ')
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::json[], $8::json[], $9::text[])
       AS t (name, queueloc, mode, version, pid, refreshtime, environment, tags, words)
     ON CONFLICT (queueloc, pid) DO UPDATE SET
       heartbeattime = now(),
       status = CASE WHEN a.status IN ('destroyed', 'upgraded') AND a.version = excluded.version THEN a.status ELSE 'online' END,
       name = CASE WHEN excluded.refreshtime > a.refreshtime THEN excluded.name ELSE a.name END,
       mode = excluded.mode,
       version = CASE WHEN excluded.refreshtime > a.refreshtime THEN excluded.version ELSE a.version END,
       environment = CASE WHEN excluded.refreshtime > a.refreshtime THEN excluded.environment ELSE a.environment END,
       tags = CASE WHEN excluded.refreshtime > a.refreshtime THEN excluded.tags ELSE a.tags END,
       refreshtime = greatest(excluded.refreshtime, a.refreshtime),
       capabilities = CASE WHEN a.queueloc = ANY ($10::text[]) THEN a.capabilities ELSE excluded.capabilities END
     RETURNING queueloc, xmax = 0 AS "isNew", ${HAS_CANCELLED} AS "hasCancelled"`,
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
    ],
  );
  const queuelocs = (kept: (row: { isNew: boolean; hasCancelled: boolean }) => boolean) =>
    recorded.filter(kept).map(({ queueloc }) => queueloc as string);
  return {
    newcomers: queuelocs(({ isNew }) => isNew),
    withCancelled: queuelocs(({ hasCancelled }) => hasCancelled),
  };
}

/** Silent agents become idle, then offline, never both in one round (spec: periodic jobs). */
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

/** Two agents on one endpoint, both alive. */
export interface DuplicateAgent {
  queueloc: string;
  name: string;
  oldPid: number;
  oldVersion: string;
  newPid: number;
  newVersion: string;
}

/**
 * Endpoints on which a process still gives signs of life though a later one began: one that was started again does not.
 * An open upgrade has two on purpose (spec: duplicate agents).
 */
export async function duplicateAgents(db: Queryable): Promise<DuplicateAgent[]> {
  const { rows } = await db.query(
    // Each with the one that began next: pairs of all with all would take for ever where somebody registered many.
    `WITH alive AS (
       SELECT queueloc, name, pid, version, starttime, heartbeattime,
         lead(pid) OVER later AS "newPid", lead(version) OVER later AS "newVersion", lead(starttime) OVER later AS "newStart"
       FROM agents
       WHERE status = 'online' AND mode <> 'checkin'
       WINDOW later AS (PARTITION BY queueloc ORDER BY starttime, id)
     )
     SELECT old.queueloc, old.name, old.pid AS "oldPid", old.version AS "oldVersion", old."newPid", old."newVersion"
     FROM alive old
     WHERE old."newStart" > old.starttime AND old.heartbeattime > old."newStart" + interval '10 seconds'
       AND NOT EXISTS (SELECT 1 FROM upgrades u WHERE u.queueloc = old.queueloc AND u.finishedat IS NULL)
     ORDER BY old.queueloc LIMIT 1000`,
  );
  return rows;
}

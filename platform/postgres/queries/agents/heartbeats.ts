import { MAX_ENDPOINTS, MAX_EVENT_TEXT } from '../../../../contract/events/endpoint.ts';
import { encodeJson } from '../../../../contract/go/json.ts';
import type { Heartbeat } from '../../../../contract/heartbeat.ts';
import { TIME_ZERO } from '../../../../contract/times.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';
import { MAY_STILL_RUN } from '../commands/cancels.ts';

/** The endpoint may still run a command of a cancelled action, and understands a cancel. */
const HAS_CANCELLED = `'cancel' = ANY (a.capabilities) AND EXISTS (
         SELECT FROM commands c
         JOIN actions x ON x.id = c.actionid
         WHERE c.queueloc = a.queueloc AND ${MAY_STILL_RUN}
       )`;

// Conditions of the upsert: `a` is the stored record of the process, `excluded` the heartbeat.

/** Another process has the pid now. MIG's HTTP heartbeats and old agents do not report when they started. */
const IS_NEW_PROCESS = 'coalesce(excluded.startedat <> a.startedat, false)';
/** Two processes alternate under one pid, as in two containers: no restart brings an old start time back. */
const ALTERNATES = `${IS_NEW_PROCESS} AND coalesce(excluded.startedat = a.formerstart, false)`;
/** The heartbeat is too old to show that the agent is alive. */
const IS_LATE = `excluded.status = 'offline'`;
/** The description of the agent is newer than the stored one. A stored refresh time ahead of now counts as now. */
const IS_NEWER = `(
           ${IS_NEW_PROCESS}
           OR ${IS_LATE}
           OR excluded.refreshtime > least(a.refreshtime, a.heartbeattime)
         )`;
/** Closer than this, two heartbeats of one batch or of two workers may be stored in the wrong order. */
export const ORDER_IS_SURE = `interval '10 seconds'`;

const ifNewer = (column: string) =>
  `${column} = CASE WHEN ${IS_NEWER} THEN excluded.${column} ELSE a.${column} END`;

/** Each queueloc at most once per heartbeat. */
interface RecordedHeartbeats {
  /** Endpoints with a new process. */
  withNewProcess: string[];
  /** Endpoints that may still run a cancelled command. */
  withCancelled: string[];
}

/**
 * Records a batch of heartbeats in one statement, rows in key order, with events `agent.new` for the first of an endpoint. An agent's description is stored when its refresh
 * time is newer. A refresh time in the future is stored as now. A heartbeat does not revive a destroyed or upgraded
 * process, but another version or start time under the same pid is another process. A late heartbeat creates or
 * changes only the record of an offline agent.
 */
export async function recordHeartbeats(
  db: Queryable,
  heartbeats: readonly Heartbeat[],
): Promise<RecordedHeartbeats> {
  const newest = newestOfProcesses(heartbeats);
  const { rows } = await db.query<StoredHeartbeat>(STORE_HEARTBEATS, [
    toRecordset(newest.map(toRow)),
    queuelocsWithoutCapabilities(newest),
  ]);
  return {
    withNewProcess: rows.filter(({ isNew }) => isNew).map(({ queueloc }) => queueloc),
    withCancelled: rows.filter(({ hasCancelled }) => hasCancelled).map(({ queueloc }) => queueloc),
  };
}

interface StoredHeartbeat {
  queueloc: string;
  isNew: boolean;
  hasCancelled: boolean;
}

const STORE_HEARTBEATS = `
  WITH input AS (
    SELECT *
    FROM jsonb_to_recordset($1) AS heartbeat (
      name text,
      queueloc text,
      mode text,
      version text,
      pid integer,
      refreshts timestamptz,
      environment text,
      tags text,
      capabilities text[],
      starttime timestamptz,
      "sentAt" timestamptz,
      "isLate" boolean,
      "isLast" boolean,
      os text
    )
  ), stored AS (
    INSERT INTO agents AS a (
      name,
      queueloc,
      mode,
      version,
      pid,
      heartbeattime,
      refreshtime,
      status,
      environment,
      tags,
      capabilities,
      startedat
    )
    SELECT
      name,
      queueloc,
      mode,
      version,
      pid,
      CASE WHEN "isLate" THEN least("sentAt", now()) ELSE now() END,
      CASE WHEN "isLate" THEN '${TIME_ZERO}' ELSE least(refreshts, now()) END,
      CASE WHEN "isLate" THEN 'offline' WHEN "isLast" THEN 'idle' ELSE 'online' END,
      environment::json,
      tags::json,
      coalesce(capabilities, '{}'),
      nullif(starttime, '${TIME_ZERO}')
    FROM input
    ORDER BY queueloc, pid
    ON CONFLICT (queueloc, pid) DO UPDATE
    SET
      heartbeattime = CASE WHEN ${IS_LATE} THEN a.heartbeattime ELSE now() END,
      status = CASE
        WHEN a.status IN ('destroyed', 'upgraded')
          AND a.version = excluded.version
          AND NOT ${IS_NEW_PROCESS}
          THEN a.status
        ELSE excluded.status
      END,
      destructiontime = CASE WHEN a.status = 'removed' THEN excluded.destructiontime ELSE a.destructiontime END,
      mode = excluded.mode,
      ${ifNewer('name')},
      ${ifNewer('version')},
      ${ifNewer('environment')},
      ${ifNewer('tags')},
      ${ifNewer('refreshtime')},
      capabilities = CASE WHEN a.queueloc = ANY ($2::text[]) THEN a.capabilities ELSE excluded.capabilities END,
      starttime = CASE WHEN ${IS_NEW_PROCESS} AND NOT (${ALTERNATES}) THEN now() ELSE a.starttime END,
      startedat = coalesce(excluded.startedat, a.startedat),
      formerstart = CASE WHEN ${IS_NEW_PROCESS} THEN a.startedat ELSE a.formerstart END,
      twinat = CASE WHEN ${ALTERNATES} AND a.starttime < now() - ${ORDER_IS_SURE} THEN now() ELSE a.twinat END
    WHERE NOT ${IS_LATE} OR a.status = 'offline'
    RETURNING
      queueloc,
      xmax = 0 AND status <> 'offline' AS "isNew",
      ${HAS_CANCELLED} AS "hasCancelled",
      xmax = 0 AND NOT EXISTS (SELECT FROM agents o WHERE o.queueloc = a.queueloc) AS "isFirst"
  ), newcomers AS (
    SELECT DISTINCT ON (queueloc)
      jsonb_build_object(
        'agent', left(i.name, ${MAX_EVENT_TEXT}),
        'queueloc', queueloc,
        'version', left(i.version, ${MAX_EVENT_TEXT}),
        'os', left(i.os, ${MAX_EVENT_TEXT})
      ) AS description
    FROM stored s
    JOIN input i USING (queueloc)
    WHERE s."isFirst"
  ), pages AS (
    SELECT
      description,
      (row_number() OVER () - 1) / ${MAX_ENDPOINTS} AS page
    FROM newcomers
  ), event AS (
    INSERT INTO events (kind, detail)
    SELECT
      'agent.new',
      jsonb_build_object('count', count(*), 'endpoints', jsonb_agg(description))
    FROM pages
    GROUP BY page
  )
  SELECT queueloc, "isNew", "hasCancelled"
  FROM stored`;

/** One statement may touch a row only once. */
function newestOfProcesses(heartbeats: readonly Heartbeat[]): Heartbeat[] {
  const newest = new Map(
    heartbeats.map((heartbeat) => [`${heartbeat.queueloc} ${heartbeat.pid}`, heartbeat]),
  );
  return [...newest.values()];
}

/** JSON as text: jsonb would reorder its keys. */
function toRow(heartbeat: Heartbeat) {
  return {
    ...heartbeat,
    environment: encodeJson(heartbeat.environment),
    tags: encodeJson(heartbeat.tags),
  };
}

/** Their stored capabilities stay; `excluded` cannot tell "none" from "not reported". */
function queuelocsWithoutCapabilities(heartbeats: readonly Heartbeat[]): string[] {
  return heartbeats.filter(({ capabilities }) => capabilities === undefined).map(({ queueloc }) => queueloc);
}

/** Records a heartbeat by HTTP of an agent that is online or idle; false when there is no such agent. */
export async function refreshAgent(db: Queryable, heartbeat: Heartbeat): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE agents
     SET
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

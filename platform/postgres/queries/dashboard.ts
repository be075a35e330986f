import type { Queryable } from '../pool.ts';
import { readRow } from '../read-row.ts';
import { ACTION_COLUMNS, type ActionRow } from './actions/actions.ts';

export interface FleetStats {
  onlineAgents: number;
  onlineByVersion: string;
  onlineEndpoints: number;
  idleAgents: number;
  idleByVersion: string;
  idleEndpoints: number;
  newEndpoints: number;
  multiAgentsEndpoints: number;
  disappearedEndpoints: number;
  flappingEndpoints: number;
}

/** The fleet as it is now: the agents of the last week that were not removed (spec/scheduler.md#fleet-statistics). */
export async function fleetStats(db: Queryable): Promise<FleetStats> {
  return readRow<FleetStats>(db, {
    text: `WITH recent AS (
       SELECT queueloc, status, version, starttime, heartbeattime
       FROM agents
       WHERE heartbeattime > now() - interval '7 days' AND status <> 'removed'
     ), endpoint AS (
       SELECT
         queueloc,
         count(*) FILTER (WHERE status = 'online') AS online,
         count(*) FILTER (WHERE status = 'idle') AS idle,
         max(starttime) > now() - interval '1 day' AND min(heartbeattime) > now() - interval '1 day' AS isnew
       FROM recent
       GROUP BY queueloc
     ), version AS (
       SELECT
         version,
         count(*) FILTER (WHERE r.status = 'online') AS online,
         count(*) FILTER (WHERE r.status = 'idle' AND e.online = 0) AS idle
       FROM recent r
       JOIN endpoint e USING (queueloc)
       GROUP BY version
     )
     SELECT
       coalesce(sum(online), 0) AS "onlineAgents",
       (${byVersion('online')}) AS "onlineByVersion",
       count(*) FILTER (WHERE online > 0) AS "onlineEndpoints",
       (SELECT coalesce(sum(idle), 0) FROM version) AS "idleAgents",
       (${byVersion('idle')}) AS "idleByVersion",
       count(*) FILTER (WHERE idle > 0 AND online = 0) AS "idleEndpoints",
       count(*) FILTER (WHERE isnew) AS "newEndpoints",
       count(*) FILTER (WHERE online > 1) AS "multiAgentsEndpoints",
       count(*) FILTER (WHERE online + idle = 0) AS "disappearedEndpoints",
       count(*) FILTER (WHERE online + idle > 1) AS "flappingEndpoints"
     FROM endpoint`,
  });
}

function byVersion(status: 'online' | 'idle'): string {
  return `
         SELECT coalesce(json_agg(json_build_object('version', version, 'count', ${status})), '[]')
         FROM version
         WHERE ${status} > 0
       `;
}

/** The newest actions of investigators, without those that the platform adds to an upgrade. */
export async function latestActions(db: Queryable, limit: number): Promise<ActionRow[]> {
  const { rows } = await db.query<ActionRow>(
    `SELECT ${ACTION_COLUMNS.join(', ')}
     FROM actions
     WHERE upgradeid IS NULL OR upgradeid = id
     ORDER BY starttime DESC
     LIMIT $1`,
    [limit],
  );
  return rows;
}

/** True when an agent reports that it has the module. */
export async function isModuleOfSomeAgent(db: Queryable, module: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT FROM agents
     WHERE status IN ('online', 'idle', 'offline')
       AND json_typeof(environment -> 'modules') = 'array'
       AND (environment -> 'modules')::jsonb ? $1
     LIMIT 1`,
    [module],
  );
  return rowCount === 1;
}

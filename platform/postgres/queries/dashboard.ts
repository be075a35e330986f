import type { Queryable } from '../pool.ts';
import { ACTION_COLUMNS, type ActionRow } from './actions.ts';

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

/**
 * The fleet as it is now, in one statement over the agents of the last week that are still part of it
 * (spec/scheduler.md#fleet-statistics).
 */
export async function fleetStats(db: Queryable): Promise<FleetStats> {
  const { rows } = await db.query(`
    WITH recent AS (
      SELECT queueloc, status, version, starttime, heartbeattime FROM agents
      WHERE heartbeattime > now() - interval '7 days' AND status <> 'removed'
    ), endpoint AS (
      SELECT queueloc,
        count(*) FILTER (WHERE status = 'online') AS online,
        count(*) FILTER (WHERE status = 'idle') AS idle,
        max(starttime) > now() - interval '1 day' AND min(heartbeattime) > now() - interval '1 day' AS isnew
      FROM recent GROUP BY queueloc
    ), version AS (
      SELECT version, count(*) FILTER (WHERE r.status = 'online') AS online,
        count(*) FILTER (WHERE r.status = 'idle' AND e.online = 0) AS idle
      FROM recent r JOIN endpoint e USING (queueloc) GROUP BY version
    )
    SELECT coalesce(sum(online), 0) AS "onlineAgents",
      (SELECT coalesce(json_agg(json_build_object('version', version, 'count', online)), '[]') FROM version WHERE online > 0)
        AS "onlineByVersion",
      count(*) FILTER (WHERE online > 0) AS "onlineEndpoints",
      (SELECT coalesce(sum(idle), 0) FROM version) AS "idleAgents",
      (SELECT coalesce(json_agg(json_build_object('version', version, 'count', idle)), '[]') FROM version WHERE idle > 0)
        AS "idleByVersion",
      count(*) FILTER (WHERE idle > 0 AND online = 0) AS "idleEndpoints",
      count(*) FILTER (WHERE isnew) AS "newEndpoints",
      count(*) FILTER (WHERE online > 1) AS "multiAgentsEndpoints",
      count(*) FILTER (WHERE online + idle = 0) AS "disappearedEndpoints",
      count(*) FILTER (WHERE online + idle > 1) AS "flappingEndpoints"
    FROM endpoint`);
  return rows[0];
}

/** What people asked; what the platform adds to an upgrade is left out. */
export async function latestActions(db: Queryable, limit: number): Promise<ActionRow[]> {
  const { rows } = await db.query(
    `SELECT ${ACTION_COLUMNS.join(', ')} FROM actions WHERE upgradeid IS NULL OR upgradeid = id
     ORDER BY starttime DESC LIMIT $1`,
    [limit],
  );
  return rows;
}

/** True when some agent says that it has the module. */
export async function isModuleOfSomeAgent(db: Queryable, module: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT 1 FROM agents WHERE status IN ('online', 'idle', 'offline')
       AND json_typeof(environment -> 'modules') = 'array' AND (environment -> 'modules')::jsonb ? $1 LIMIT 1`,
    [module],
  );
  return rowCount === 1;
}

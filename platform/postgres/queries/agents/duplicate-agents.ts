import type { Queryable } from '../../pool.ts';
import { NO_OPEN_UPGRADE } from './aging.ts';
import { ORDER_IS_SURE } from './heartbeats.ts';

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

/** How long two processes that alternated under one pid count as two: as long as an agent may be silent. */
const TWINS_LAST = `interval '30 minutes'`;

/**
 * Returns the endpoints on which a process still sends heartbeats after a later one started: a restarted process does
 * not. Two processes that share a pid are known by their alternating heartbeats (spec/scheduler.md#duplicate-agents).
 * Keeps the notices in the records of both up to date.
 */
export async function duplicateAgents(db: Queryable): Promise<DuplicateAgent[]> {
  const { rows } = await db.query<DuplicateAgent>(FIND_AND_NOTE);
  return rows;
}

/** Each process is paired with the one that started next: all pairs of many processes would take minutes. */
const FIND_AND_NOTE = `
  WITH alive AS (
    SELECT
      id,
      queueloc,
      name,
      pid,
      version,
      starttime,
      heartbeattime,
      twinat,
      lead(id) OVER later AS "newId",
      lead(name) OVER later AS "newName",
      lead(pid) OVER later AS "newPid",
      lead(version) OVER later AS "newVersion",
      lead(starttime) OVER later AS "newStart"
    FROM agents
    WHERE status = 'online' AND mode <> 'checkin'
    WINDOW later AS (PARTITION BY queueloc ORDER BY starttime, id)
  ), pair AS (
    SELECT
      old.id,
      old."newId",
      old.queueloc,
      old.name,
      old.pid AS "oldPid",
      old.version AS "oldVersion",
      old."newName",
      old."newPid",
      old."newVersion",
      format(
        'two agents answer for this endpoint: process %s of %s and process %s of %s',
        old.pid,
        left(old.name, 200),
        old."newPid",
        left(old."newName", 200)
      ) AS text
    FROM alive old
    WHERE old."newStart" > old.starttime
      AND old.heartbeattime > old."newStart" + ${ORDER_IS_SURE}
      AND ${NO_OPEN_UPGRADE}
    UNION ALL
    SELECT
      id,
      id,
      queueloc,
      name,
      pid,
      version,
      name,
      pid,
      version,
      format('two machines answer for this endpoint, both as process %s', pid)
    FROM alive
    WHERE twinat > now() - ${TWINS_LAST}
  ), found AS (
    SELECT id, max(text) AS text
    FROM (
      SELECT id, text
      FROM pair
      UNION ALL
      SELECT "newId", text
      FROM pair
    ) each
    GROUP BY id
  ), noted AS (
    UPDATE agents a
    SET notice = due.text
    FROM (
      SELECT coalesce(found.id, known.id) AS id, found.text
      FROM found
      FULL JOIN (
        SELECT id
        FROM agents
        WHERE notice IS NOT NULL
      ) known ON known.id = found.id
    ) due
    WHERE a.id = due.id
      AND a.notice IS DISTINCT FROM due.text
  )
  SELECT
    queueloc,
    name,
    "oldPid",
    "oldVersion",
    "newName",
    "newPid",
    "newVersion"
  FROM pair
  ORDER BY queueloc
  LIMIT 1000`;

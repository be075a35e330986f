import type { Queryable } from '../../pool.ts';
import type { RunKind } from './runs.ts';
import { COVERS_ITEM } from './waivers.ts';

/** The present items of a sweep, counted by check and status, and by the run that each is of. */
export interface PresentCounts {
  bycheck: Record<string, Record<string, number>>;
  /** The newest runs first. */
  runs: { id: number; kind: RunKind; plannedat: string; items: number }[];
}

interface CountRow {
  count: number;
  /** null in a row about a run. */
  checkid: string | null;
  status: string | null;
  /** null in a row about a check. */
  runid: number | null;
  kind: RunKind | null;
  plannedat: string | null;
}

/** Counts what the endpoints of a sweep have answered last to each check, in one look at its items. */
export async function presentCounts(db: Queryable, sweepid: number): Promise<PresentCounts> {
  const { rows } = await db.query<CountRow>(
    `SELECT
       c.count,
       c.checkid,
       c.status,
       r.id AS runid,
       r.kind,
       r.plannedat
     FROM (
       SELECT
         checkid,
         status,
         runid,
         count(*) AS count
       FROM (
         SELECT
           i.checkid,
           i.status,
           CASE WHEN e.answeredrun > i.runid THEN e.answeredrun ELSE i.runid END AS runid
         FROM compliance_items i
         LEFT JOIN sweep_endpoints e USING (sweepid, queueloc)
         WHERE i.sweepid = $1
       ) AS item
       GROUP BY GROUPING SETS ((checkid, status), (runid))
     ) AS c
     LEFT JOIN sweep_runs r ON r.id = c.runid
     ORDER BY r.id DESC`,
    [sweepid],
  );
  const bycheck: PresentCounts['bycheck'] = {};
  const runs: PresentCounts['runs'] = [];
  for (const { count, checkid, status, runid, kind, plannedat } of rows) {
    if (checkid !== null && status !== null) bycheck[checkid] = { ...bycheck[checkid], [status]: count };
    if (runid !== null && kind !== null && plannedat !== null) {
      runs.push({ id: runid, kind, plannedat, items: count });
    }
  }
  return { bycheck, runs };
}

/** The failures of a sweep that a waiver covers now, by check. */
export async function waivedCounts(db: Queryable, sweepid: number): Promise<Record<string, number>> {
  const { rows } = await db.query<{ checkid: string; count: number }>(
    `SELECT
       i.checkid,
       count(*) AS count
     FROM compliance_items i
     WHERE i.sweepid = $1
       AND i.status = 'fail'
       AND EXISTS (
         SELECT
         FROM waivers v
         WHERE ${COVERS_ITEM}
       )
     GROUP BY i.checkid`,
    [sweepid],
  );
  return Object.fromEntries(rows.map(({ checkid, count }) => [checkid, count]));
}

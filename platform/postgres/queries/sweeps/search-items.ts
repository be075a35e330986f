import { readLongPages } from '../../cursor.ts';
import type { Pool, Queryable } from '../../pool.ts';
import { COVERS_ITEM } from './waivers.ts';

/** An item with its endpoint, and the waiver that covers its failure now. */
export interface ItemRow {
  checkid: string;
  queueloc: string;
  agent: string;
  status: string;
  reason: string | null;
  verdict: string | null;
  since: string | null;
  firstfailedrun: number | null;
  changedat: string;
  runid: number;
  checkedat: string;
  waiver: { id: number; by: string; fingerprint: string; why: string; until: string } | null;
}

/** What items to find; an absent field finds all. */
export interface ItemFilters {
  sweepid: number;
  checks?: readonly string[] | undefined;
  statuses?: readonly string[] | undefined;
  /** The name of an agent, or its queueloc. */
  agent?: string | undefined;
  /** Failures that began at this time or later. */
  failedsince?: string | undefined;
  /** Items whose verdict this run has turned. */
  flippedin?: number | undefined;
  /** The page after this item. */
  after?: { queueloc: string; check: string } | undefined;
  limit?: number | undefined;
}

const PAGE_ROWS = 1_000;

/** Items by endpoint and check, page by page. */
export function searchItems(pool: Pool, filters: ItemFilters): AsyncGenerator<ItemRow[]> {
  const text = `
    SELECT
      i.checkid,
      i.queueloc,
      coalesce(e.agent, i.queueloc) AS agent,
      i.status,
      i.reason,
      i.verdict,
      i.since,
      i.firstfailedrun,
      i.changedat,
      CASE WHEN e.answeredrun > i.runid THEN e.answeredrun ELSE i.runid END AS runid,
      CASE WHEN e.answeredrun > i.runid THEN e.answeredat ELSE i.checkedat END AS checkedat,
      w.waiver
    FROM compliance_items i
    LEFT JOIN sweep_endpoints e USING (sweepid, queueloc)
    LEFT JOIN LATERAL (
      SELECT
        jsonb_build_object(
          'id', v.id,
          'by', s.name,
          'fingerprint', s.pgpfingerprint,
          'why', v.why,
          'until', to_char(v.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        ) AS waiver
      FROM waivers v
      JOIN investigators s ON s.id = v.signedby
      WHERE ${COVERS_ITEM}
      ORDER BY v.until DESC
      LIMIT 1
    ) AS w ON i.status = 'fail'
    WHERE i.sweepid = $1
      AND ($2::text[] IS NULL OR i.checkid = ANY($2))
      AND ($3::text[] IS NULL OR i.status = ANY($3))
      AND ($4::text IS NULL OR e.agent = $4 OR i.queueloc = $4)
      AND ($5::timestamptz IS NULL OR i.status = 'fail' AND i.since >= $5)
      AND (
        $6::text IS NULL
        OR (i.queueloc, i.checkid) IN (
          SELECT detail ->> 'queueloc', detail ->> 'check'
          FROM events
          WHERE kind = 'sweep.flipped' AND detail ->> 'runid' = $6
        )
      )
      AND ($7::text IS NULL OR (i.queueloc, i.checkid) > ($7, $8))
    ORDER BY i.queueloc, i.checkid
    LIMIT $9`;
  const { sweepid, checks, statuses, agent, failedsince, flippedin, after, limit } = filters;
  const values = [
    sweepid,
    checks ?? null,
    statuses ?? null,
    agent ?? null,
    failedsince ?? null,
    flippedin === undefined ? null : String(flippedin),
    after?.queueloc ?? null,
    after?.check ?? null,
    limit ?? null,
  ];
  return readLongPages<ItemRow>(pool, { text, values, pageRows: PAGE_ROWS });
}

/** Items that are undecided for the same reason. */
export interface ReasonRow {
  status: string;
  reason: string | null;
  items: number;
  endpoints: number;
  /** One of the endpoints, and one of the checks. */
  agent: string;
  check: string;
}

/** Why items of a sweep are undecided, the most frequent reason first. */
export async function reasonsOf(
  db: Queryable,
  { sweepid, limit }: { sweepid: number; limit: number },
): Promise<ReasonRow[]> {
  const { rows } = await db.query<ReasonRow>(
    `SELECT
       i.status,
       i.reason,
       count(*) AS items,
       count(DISTINCT i.queueloc) AS endpoints,
       min(coalesce(e.agent, i.queueloc)) AS agent,
       min(i.checkid) AS "check"
     FROM compliance_items i
     LEFT JOIN sweep_endpoints e USING (sweepid, queueloc)
     WHERE i.sweepid = $1
       AND i.status IN ('error', 'unknown', 'notchecked')
     GROUP BY i.status, i.reason
     ORDER BY count(*) DESC, i.status, i.reason
     LIMIT $2`,
    [sweepid, limit],
  );
  return rows;
}

/** The items of an endpoint by status. */
export interface EndpointCounts {
  queueloc: string;
  agent: string;
  /** The last run of all checks that it answered; null when it never did. */
  answeredrun: number | null;
  answeredat: string | null;
  counts: Record<string, number>;
  /** Verdicts that the last run has turned. */
  flipped: number;
}

/** The endpoints of a sweep, those with most failures first. */
export async function endpointCounts(
  db: Queryable,
  of: { sweepid: number; lastrun: number; agent: string | undefined; limit: number; offset: number },
): Promise<EndpointCounts[]> {
  const { rows } = await db.query<EndpointCounts>(
    `WITH page AS (
       SELECT
         e.queueloc,
         e.agent,
         e.answeredrun,
         e.answeredat,
         coalesce(i.failures, 0) AS failures
       FROM sweep_endpoints e
       LEFT JOIN (
         SELECT queueloc, count(*) AS failures
         FROM compliance_items
         WHERE sweepid = $1 AND status = 'fail'
         GROUP BY queueloc
       ) AS i USING (queueloc)
       WHERE e.sweepid = $1
         AND ($5::text IS NULL OR e.agent = $5 OR e.queueloc = $5)
       ORDER BY failures DESC, e.agent, e.queueloc
       LIMIT $3
       OFFSET $4
     ), flips AS (
       SELECT detail ->> 'queueloc' AS queueloc, count(*) AS flipped
       FROM events
       WHERE kind = 'sweep.flipped'
         AND detail ->> 'runid' = $2::text
         AND detail ->> 'queueloc' IN (SELECT queueloc FROM page)
       GROUP BY 1
     )
     SELECT
       p.queueloc,
       p.agent,
       p.answeredrun,
       p.answeredat,
       coalesce(i.counts, '{}') AS counts,
       coalesce(f.flipped, 0) AS flipped
     FROM page p
     CROSS JOIN LATERAL (
       SELECT jsonb_object_agg(status, count) AS counts
       FROM (
         SELECT status, count(*) AS count
         FROM compliance_items
         WHERE sweepid = $1 AND queueloc = p.queueloc
         GROUP BY status
       ) AS counted
     ) AS i
     LEFT JOIN flips f USING (queueloc)
     ORDER BY p.failures DESC, p.agent, p.queueloc`,
    [of.sweepid, String(of.lastrun), of.limit, of.offset, of.agent ?? null],
  );
  return rows;
}

/** A verdict that turned. */
export interface FlipRow {
  id: number;
  at: string;
  runid: number;
  queueloc: string;
  agent: string;
  check: string;
  from: string;
  to: string;
}

/** The flips of some endpoints or of all, newest first. */
export async function flipsOf(
  db: Queryable,
  of: { sweepid: number; queuelocs: readonly string[] | undefined; limit: number; offset: number },
): Promise<FlipRow[]> {
  const { rows } = await db.query<FlipRow>(
    `SELECT
       id,
       at,
       (detail ->> 'runid')::numeric AS runid,
       detail ->> 'queueloc' AS queueloc,
       detail ->> 'agent' AS agent,
       detail ->> 'check' AS "check",
       detail ->> 'from' AS "from",
       detail ->> 'to' AS "to"
     FROM events
     WHERE kind = 'sweep.flipped'
       AND detail ->> 'sweepid' = $1::text
       AND ($2::text[] IS NULL OR detail ->> 'queueloc' = ANY($2))
     ORDER BY id DESC
     LIMIT $3
     OFFSET $4`,
    [String(of.sweepid), of.queuelocs ?? null, of.limit, of.offset],
  );
  return rows;
}

/** The queuelocs of the endpoints of a sweep that an agent's name, or a queueloc, means. */
export async function queuelocsOf(db: Queryable, sweepid: number, agent: string): Promise<string[]> {
  const { rows } = await db.query<{ queueloc: string }>(
    `SELECT queueloc
     FROM sweep_endpoints
     WHERE sweepid = $1
       AND (agent = $2 OR queueloc = $2)
     ORDER BY queueloc
     LIMIT 100`,
    [sweepid, agent],
  );
  return rows.map(({ queueloc }) => queueloc);
}

/** Those of these queue names that are no endpoints of the sweep: no run of all checks has asked them. */
export async function unknownEndpoints(
  db: Queryable,
  sweepid: number,
  queuelocs: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ queueloc: string }>(
    `SELECT asked.queueloc
     FROM unnest($2::text[]) WITH ORDINALITY AS asked (queueloc, place)
     WHERE NOT EXISTS (
       SELECT FROM sweep_endpoints e
       WHERE e.sweepid = $1
         AND e.queueloc = asked.queueloc
     )
     ORDER BY asked.place`,
    [sweepid, queuelocs],
  );
  return rows.map(({ queueloc }) => queueloc);
}

/** The endpoints among these queue names whose agent has one of these names. */
export async function endpointsNamed(
  db: Queryable,
  of: { sweepid: number; queuelocs: readonly string[]; agents: readonly string[] },
): Promise<string[]> {
  const { rows } = await db.query<{ queueloc: string }>(
    `SELECT queueloc
     FROM sweep_endpoints
     WHERE sweepid = $1
       AND queueloc = ANY($2)
       AND agent = ANY($3)`,
    [of.sweepid, of.queuelocs, of.agents],
  );
  return rows.map(({ queueloc }) => queueloc);
}

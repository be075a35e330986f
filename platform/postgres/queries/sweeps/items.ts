import type { Verdict } from '../../../../contract/rules/verdict.ts';
import type { Judgement } from '../../../../contract/sweep/reason.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';

/** An endpoint's command of one action, with the results as JSON text. */
export interface AnswerRow {
  id: number;
  queueloc: string;
  agent: string;
  status: string;
  results: string | null;
  /** Whether the command has left. */
  isPublished: boolean;
  agentStatus: string;
  /** The last one of the process that was asked, in UTC, to the second. */
  heartbeattime: string;
}

/** The next commands of an action in id order, whatever their status. */
export async function answersPage(
  db: Queryable,
  page: { actionid: number; after: number; limit: number },
): Promise<AnswerRow[]> {
  const { rows } = await db.query<AnswerRow>(
    `SELECT
       c.id,
       c.queueloc,
       a.name AS agent,
       c.status,
       c.results,
       c.publishedat IS NOT NULL AS "isPublished",
       coalesce(a.status, '') AS "agentStatus",
       to_char(a.heartbeattime AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS heartbeattime
     FROM commands c
     JOIN agents a ON a.id = c.agentid
     WHERE c.actionid = $1
       AND c.id > $2
     ORDER BY c.id
     LIMIT $3`,
    [page.actionid, page.after, page.limit],
  );
  return rows;
}

const LETTERS: Record<Verdict, string> = {
  pass: 'p',
  fail: 'f',
  error: 'e',
  unknown: 'u',
  notapplicable: 'n',
  notchecked: '-',
};

/** What one endpoint answered to the checks of one action, in the order of `checks`. */
export interface EndpointVerdicts {
  queueloc: string;
  agent: string;
  isAnswered: boolean;
  judgements: readonly Judgement[];
}

interface VerdictPage {
  sweepid: number;
  runid: number;
  checks: readonly string[];
  /** False when the run asks for some checks only: then it says nothing about the endpoint's others. */
  isWhole: boolean;
  endpoints: readonly EndpointVerdicts[];
}

/**
 * Stores the verdicts of some endpoints in one statement, and an event for each that flipped. Repeating it changes nothing,
 * and a run changes nothing that a later one has decided. One letter stands for a verdict, and a reason that several checks
 * of an endpoint have is sent once: a page has thousands of items.
 */
export async function storeVerdicts(db: Queryable, page: VerdictPage): Promise<void> {
  const endpoints = page.endpoints.map(({ queueloc, agent, isAnswered, judgements }) => ({
    queueloc,
    agent,
    isanswered: isAnswered,
    letters: judgements.map(({ verdict }) => LETTERS[verdict]).join(''),
    ...numberReasons(judgements),
  }));
  await db.query(
    `WITH endpoint AS MATERIALIZED (
       SELECT *
       FROM jsonb_to_recordset($3) AS e (
         queueloc text,
         agent text,
         isanswered boolean,
         letters text,
         reasons jsonb,
         reasonof jsonb
       )
     ), seen AS (
       INSERT INTO sweep_endpoints AS s (sweepid, queueloc, agent, targetedrun, answeredrun, answeredat)
       SELECT
         $1,
         queueloc,
         agent,
         $2,
         CASE WHEN isanswered THEN $2::numeric END,
         CASE WHEN isanswered THEN now() END
       FROM endpoint
       WHERE $5
       ON CONFLICT (sweepid, queueloc) DO UPDATE
       SET
         agent = excluded.agent,
         targetedrun = excluded.targetedrun,
         answeredrun = coalesce(excluded.answeredrun, s.answeredrun),
         answeredat = CASE
           WHEN excluded.answeredrun IS DISTINCT FROM s.answeredrun THEN coalesce(excluded.answeredat, s.answeredat)
           ELSE s.answeredat
         END
       WHERE s.targetedrun <= excluded.targetedrun
     ), answer AS (
       SELECT
         e.queueloc,
         c.checkid,
         CASE substr(e.letters, c.n::integer, 1)
           WHEN 'p' THEN 'pass'
           WHEN 'f' THEN 'fail'
           WHEN 'e' THEN 'error'
           WHEN 'u' THEN 'unknown'
           WHEN 'n' THEN 'notapplicable'
           ELSE 'notchecked'
         END AS status,
         e.reasons ->> (e.reasonof ->> (c.n::integer - 1))::integer AS reason
       FROM endpoint e
       CROSS JOIN unnest($4::text[]) WITH ORDINALITY AS c (checkid, n)
     ), former AS MATERIALIZED (
       SELECT
         i.queueloc,
         i.checkid,
         i.status,
         i.reason,
         i.verdict,
         i.runid
       FROM endpoint e
       CROSS JOIN LATERAL (
         SELECT *
         FROM compliance_items
         WHERE sweepid = $1
           AND queueloc = e.queueloc
         OFFSET 0 -- one look into the index for each endpoint: a join would read all items of the sweep
       ) AS i
     ), decided AS MATERIALIZED (
       SELECT
         a.queueloc,
         a.checkid,
         a.status,
         a.reason,
         CASE WHEN a.status IN ('pass', 'fail', 'notapplicable') THEN a.status END AS verdict,
         i.verdict AS formerverdict
       FROM answer a
       LEFT JOIN former i
         ON i.queueloc = a.queueloc
         AND i.checkid = a.checkid
       WHERE i.runid IS NULL
         OR i.runid <= $2 AND (i.status <> a.status OR i.reason IS DISTINCT FROM a.reason OR NOT $5)
     ), written AS (
       INSERT INTO compliance_items AS i (
         sweepid,
         queueloc,
         checkid,
         status,
         reason,
         verdict,
         since,
         firstfailedrun,
         changedat,
         runid,
         checkedat
       )
       SELECT
         $1,
         queueloc,
         checkid,
         status,
         reason,
         verdict,
         CASE WHEN verdict IS NOT NULL THEN now() END,
         CASE WHEN verdict = 'fail' THEN $2::numeric END,
         now(),
         $2,
         now()
       FROM decided
       ON CONFLICT (sweepid, queueloc, checkid) DO UPDATE
       SET
         status = excluded.status,
         reason = excluded.reason,
         verdict = coalesce(excluded.verdict, i.verdict),
         since = CASE
           WHEN excluded.verdict IS NULL OR excluded.verdict = i.verdict THEN i.since
           ELSE excluded.since
         END,
         firstfailedrun = CASE
           WHEN excluded.verdict IS NULL OR excluded.verdict = 'fail' AND i.verdict = 'fail' THEN i.firstfailedrun
           ELSE excluded.firstfailedrun
         END,
         changedat = CASE WHEN excluded.status = i.status THEN i.changedat ELSE excluded.changedat END,
         runid = excluded.runid,
         checkedat = excluded.checkedat
       WHERE i.runid <= excluded.runid
       RETURNING i.queueloc, i.checkid
     )
     INSERT INTO events (kind, detail)
     SELECT
       'sweep.flipped',
       jsonb_build_object(
         'sweepid', $1::numeric,
         'runid', $2::numeric,
         'queueloc', d.queueloc,
         'agent', e.agent,
         'check', d.checkid,
         'from', d.formerverdict,
         'to', d.verdict
       )
     FROM written w
     JOIN decided d USING (queueloc, checkid)
     JOIN endpoint e USING (queueloc)
     WHERE d.formerverdict <> d.verdict`,
    [page.sweepid, page.runid, toRecordset(endpoints), page.checks, page.isWhole],
  );
}

/** The different reasons of an endpoint, and the index of that of each check; nothing where no check has one. */
function numberReasons(judgements: readonly Judgement[]): {
  reasons?: string[];
  reasonof?: (number | null)[];
} {
  const reasons = [...new Set(judgements.flatMap(({ reason }) => reason ?? []))];
  if (reasons.length === 0) return {};
  const indexes = new Map(reasons.map((reason, index) => [reason, index]));
  return {
    reasons,
    reasonof: judgements.map(({ reason }) => (reason === null ? null : (indexes.get(reason) ?? null))),
  };
}

/** The items of a run by check and status: of the endpoints that it targeted, for the checks that it asked. */
export async function countItems(
  db: Queryable,
  of: { sweepid: number; runid: number; checks: readonly string[] | null },
): Promise<Record<string, Record<string, number>>> {
  const { rows } = await db.query<{ checkid: string; counts: Record<string, number> }>(
    `SELECT
       checkid,
       jsonb_object_agg(status, count) AS counts
     FROM (
       SELECT
         i.checkid,
         i.status,
         count(*) AS count
       FROM compliance_items i
       JOIN (
         SELECT DISTINCT c.queueloc
         FROM sweep_actions s
         JOIN commands c ON c.actionid = s.actionid
         WHERE s.runid = $2
       ) AS targeted USING (queueloc)
       WHERE i.sweepid = $1
         AND ($3::text[] IS NULL OR i.checkid = ANY($3))
       GROUP BY i.checkid, i.status
     ) AS counted
     GROUP BY checkid`,
    [of.sweepid, of.runid, of.checks],
  );
  return Object.fromEntries(rows.map(({ checkid, counts }) => [checkid, counts]));
}

import { MAX_ENDPOINTS, MAX_EVENT_TEXT } from '../../../../contract/events/endpoint.ts';
import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';
import { answerFacts } from '../actions/counters.ts';

/** An answer as it came. `results` is JSON text. */
export interface AnswerRow {
  id: number;
  queueloc: string;
  status: string;
  results: string;
}

export interface AnswerOutcome {
  id: number;
  /** Whom the answer claims to come from. */
  queueloc: string;
  /** undefined: no such command. */
  actionId: number | undefined;
  /** The answer came from the agent that the command was for. */
  isOwn: boolean;
}

/**
 * Stores a batch of answers in one statement, rows locked in id order. An answer counts when it comes from the agent
 * that the command was for, and only over `sent`, or over what the platform itself ended (`expired`, `cancelled`). No
 * two answers of a batch may have the same id and queueloc.
 *
 * `results` is text inside the JSON parameter, for jsonb would reorder its keys. For answers of 0.5 kB to 4 MB one
 * such parameter takes a quarter to two thirds of the time of an array for each column.
 *
 * Matches become parts of an event `action.matched`, but for actions of sweeps and upgrades, which have events of their own.
 */
export async function storeAnswerRows(
  db: Queryable,
  answers: readonly AnswerRow[],
): Promise<AnswerOutcome[]> {
  const { rows } = await db.query<Omit<AnswerOutcome, 'actionId'> & { actionId: number | null }>(
    `WITH input AS (
       SELECT id, queueloc, status, results
       FROM jsonb_to_recordset($1) AS answer (
         id numeric,
         queueloc text,
         status text,
         results text
       )
     ), locked AS (
       SELECT c.id, i.status, i.results::json AS results
       FROM commands c
       JOIN input i ON i.id = c.id AND i.queueloc = c.queueloc
       ORDER BY c.id
       FOR UPDATE OF c
     ), stored AS (
       UPDATE commands c
       SET
         status = l.status,
         results = l.results,
         hasmatches = f.hasmatches,
         hasfailed = f.hasfailed,
         haserrors = f.haserrors,
         finishtime = now(),
         publishedat = coalesce(c.publishedat, now())
       FROM locked l, LATERAL ${answerFacts('l.results')} f
       WHERE c.id = l.id
         AND (c.status = 'sent' OR c.status IN ('expired', 'cancelled') AND c.results IS NULL)
       RETURNING c.id, c.actionid, c.agentid, c.queueloc, c.hasmatches
     ), matched AS (
       SELECT
         s.actionid,
         left(x.name, ${MAX_EVENT_TEXT}) AS name,
         s.queueloc,
         left(a.name, ${MAX_EVENT_TEXT}) AS agent,
         row_number() OVER (PARTITION BY s.actionid ORDER BY s.id) AS place
       FROM stored s
       JOIN actions x ON x.id = s.actionid
       JOIN agents a ON a.id = s.agentid
       WHERE s.hasmatches
         AND x.upgradeid IS NULL
         AND NOT EXISTS (SELECT FROM sweep_actions w WHERE w.actionid = s.actionid)
     ), parts AS (
       INSERT INTO event_parts (kind, subject, detail, count, endpoints)
       SELECT
         'action.matched',
         actionid::text,
         jsonb_build_object('actionid', actionid, 'name', name),
         count(*),
         jsonb_agg(jsonb_build_object('agent', agent, 'queueloc', queueloc) ORDER BY place)
           FILTER (WHERE place <= ${MAX_ENDPOINTS})
       FROM matched
       GROUP BY actionid, name
     )
     SELECT
       i.id,
       i.queueloc,
       c.actionid AS "actionId",
       coalesce(c.queueloc = i.queueloc, false) AS "isOwn"
     FROM input i
     LEFT JOIN commands c ON c.id = i.id`,
    [toRecordset(answers)],
  );
  return rows.map((row) => ({ ...row, actionId: row.actionId ?? undefined }));
}

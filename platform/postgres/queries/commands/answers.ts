import type { Queryable } from '../../pool.ts';
import { toRecordset } from '../../recordset.ts';

/** An answer as it came. `results` is JSON text. */
export interface AnswerRow {
  id: number;
  queueloc: string;
  status: string;
  results: string;
}

export interface AnswerOutcome {
  id: number;
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
 */
export async function storeAnswerRows(
  db: Queryable,
  answers: readonly AnswerRow[],
): Promise<AnswerOutcome[]> {
  const { rows } = await db.query<{ id: number; actionId: number | null; isOwn: boolean }>(
    `WITH input AS (
       SELECT id, queueloc, status, results
       FROM jsonb_to_recordset($1) AS answer (
         id numeric,
         queueloc text,
         status text,
         results text
       )
     ), locked AS (
       SELECT c.id, i.status, i.results
       FROM commands c
       JOIN input i ON i.id = c.id AND i.queueloc = c.queueloc
       ORDER BY c.id
       FOR UPDATE OF c
     ), stored AS (
       UPDATE commands c
       SET
         status = l.status,
         results = l.results::json,
         finishtime = now(),
         publishedat = coalesce(c.publishedat, now())
       FROM locked l
       WHERE c.id = l.id
         AND (c.status = 'sent' OR c.status IN ('expired', 'cancelled') AND c.results IS NULL)
     )
     SELECT
       i.id,
       c.actionid AS "actionId",
       coalesce(c.queueloc = i.queueloc, false) AS "isOwn"
     FROM input i
     LEFT JOIN commands c ON c.id = i.id`,
    [toRecordset(answers)],
  );
  return rows.map((row) => ({ ...row, actionId: row.actionId ?? undefined }));
}

import type { Queryable } from '../../pool.ts';

/** The next action of a run; one of this part stays as it is. */
export async function insertRunAction(
  db: Queryable,
  { runid, part, actionid }: { runid: number; part: number; actionid: number },
): Promise<void> {
  await db.query(
    `INSERT INTO sweep_actions (runid, part, actionid)
     VALUES ($1, $2, $3)
     ON CONFLICT (runid, part) DO NOTHING`,
    [runid, part, actionid],
  );
}

/** An action of a run. `isFinal`: all its commands are answered or given up. */
export interface RunAction {
  part: number;
  actionid: number;
  status: string;
  reason: string | null;
  isFinal: boolean;
}

export async function actionsOfRun(db: Queryable, runid: number): Promise<RunAction[]> {
  const { rows } = await db.query<RunAction>(
    `SELECT
       s.part,
       s.actionid,
       a.status,
       a.reason,
       a.status IN ('completed', 'invalid', 'cancelled') AS "isFinal"
     FROM sweep_actions s
     JOIN actions a ON a.id = s.actionid
     WHERE s.runid = $1
     ORDER BY s.part`,
    [runid],
  );
  return rows;
}

/** The operations of each action of a run as JSON text, as they were signed. */
export async function operationsOfRun(
  db: Queryable,
  runid: number,
): Promise<{ part: number; operations: string }[]> {
  const { rows } = await db.query<{ part: number; operations: string }>(
    `SELECT
       s.part,
       a.operations::text AS operations
     FROM sweep_actions s
     JOIN actions a ON a.id = s.actionid
     WHERE s.runid = $1
     ORDER BY s.part`,
    [runid],
  );
  return rows;
}

/** The workflow of the run that an action belongs to; undefined when it belongs to none. */
export async function workflowOfAction(db: Queryable, actionid: number): Promise<string | undefined> {
  const { rows } = await db.query<{ workflowid: string | null }>(
    `SELECT r.workflowid
     FROM sweep_actions s
     JOIN sweep_runs r ON r.id = s.runid
     WHERE s.actionid = $1`,
    [actionid],
  );
  return rows[0]?.workflowid ?? undefined;
}

export async function isOfSweep(db: Queryable, actionid: number): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM sweep_actions
       WHERE actionid = $1
     ) AS found`,
    [actionid],
  );
  return rows[0]?.found === true;
}

/** How many endpoints the actions of a run asked, and how many answered all of them. */
export async function countAnswers(
  db: Queryable,
  runid: number,
): Promise<{ targeted: number; answered: number }> {
  const { rows } = await db.query<{ targeted: number; answered: number }>(
    `SELECT
       count(*) AS targeted,
       count(*) FILTER (WHERE isanswered) AS answered
     FROM (
       SELECT bool_and(c.status IN ('success', 'failed', 'timeout')) AS isanswered
       FROM sweep_actions s
       JOIN commands c ON c.actionid = s.actionid
       WHERE s.runid = $1
       GROUP BY c.queueloc
     ) AS endpoints`,
    [runid],
  );
  return rows[0] ?? { targeted: 0, answered: 0 };
}

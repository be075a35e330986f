import type { RunState } from '../../../../contract/sweep/item.ts';
import type { Queryable } from '../../pool.ts';

export type RunKind = 'schedule' | 'trigger' | 'verify';

/** A run of a sweep, with the actions that it has launched in the order of its parts. */
export interface SweepRunRow {
  id: number;
  sweepid: number;
  kind: RunKind;
  plannedat: string;
  state: RunState;
  reason: string | null;
  paused: boolean;
  cancelledat: string | null;
  /** The ids of the checks that it asks; null: all of the sweep. */
  checks: string[] | null;
  /** null: that of the sweep. */
  target: string | null;
  workflowid: string | null;
  startedat: string | null;
  finishedat: string | null;
  targeted: number;
  answered: number;
  counts: Record<string, number>;
  /** The same for each check. */
  bycheck: Record<string, Record<string, number>>;
  actions: number[];
}

const COLUMNS = `
  r.id,
  r.sweepid,
  r.kind,
  r.plannedat,
  r.state,
  r.reason,
  r.paused,
  r.cancelledat,
  r.checks,
  r.target,
  r.workflowid,
  r.startedat,
  r.finishedat,
  r.targeted,
  r.answered,
  r.counts,
  r.bycheck,
  coalesce(
    (
      SELECT jsonb_agg(a.actionid ORDER BY a.part)
      FROM sweep_actions a
      WHERE a.runid = r.id
    ),
    '[]'
  ) AS actions`;

export interface NewRun {
  sweepid: number;
  kind: RunKind;
  plannedat: string;
  state: RunState;
  reason?: string | undefined;
  checks?: readonly string[] | undefined;
  target?: string | undefined;
  workflowid?: string | undefined;
  isFinished?: boolean;
}

/** The event of runs that have ended, in a statement whose `run` has their rows. */
const INSERT_RUN_EVENT = `INSERT INTO events (kind, detail)
       SELECT
         'sweep.run',
         jsonb_build_object(
           'sweepid', sweepid,
           'runid', id,
           'plannedat', plannedat,
           'state', state,
           'reason', reason,
           'targeted', targeted,
           'answered', answered,
           'counts', counts
         )
       FROM run`;

/** Stores a run, once for each planned time and kind; returns its id whoever stored it, and whether this call did. */
export async function insertRun(db: Queryable, run: NewRun): Promise<{ id: number; isNew: boolean }> {
  const { rows } = await db.query<{ id: number }>(
    `WITH run AS (
       INSERT INTO sweep_runs (sweepid, kind, plannedat, state, reason, checks, target, workflowid, finishedat)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9 THEN now() END)
       ON CONFLICT (sweepid, kind, plannedat) DO NOTHING
       RETURNING *
     ), event AS (
       ${INSERT_RUN_EVENT}
       WHERE finishedat IS NOT NULL
     )
     SELECT id
     FROM run`,
    [
      run.sweepid,
      run.kind,
      run.plannedat,
      run.state,
      run.reason ?? null,
      run.checks === undefined ? null : JSON.stringify(run.checks),
      run.target ?? null,
      run.workflowid ?? null,
      run.isFinished === true,
    ],
  );
  const [inserted] = rows;
  if (inserted) return { id: inserted.id, isNew: true };
  const found = await db.query<{ id: number }>(
    `SELECT id
     FROM sweep_runs
     WHERE sweepid = $1 AND kind = $2 AND plannedat = $3`,
    [run.sweepid, run.kind, run.plannedat],
  );
  const [existing] = found.rows;
  if (!existing) throw new Error(`sweep ${run.sweepid} has no run planned at ${run.plannedat}`);
  return { id: existing.id, isNew: false };
}

export async function runById(db: Queryable, id: number): Promise<SweepRunRow | undefined> {
  const { rows } = await db.query<SweepRunRow>(`SELECT ${COLUMNS} FROM sweep_runs r WHERE r.id = $1`, [id]);
  return rows[0];
}

/** The runs of a sweep, newest planned time first. */
export async function runsOfSweep(
  db: Queryable,
  { sweepid, limit, offset }: { sweepid: number; limit: number; offset: number },
): Promise<SweepRunRow[]> {
  const { rows } = await db.query<SweepRunRow>(
    `SELECT ${COLUMNS}
     FROM sweep_runs r
     WHERE r.sweepid = $1
     ORDER BY r.plannedat DESC, r.id DESC
     LIMIT $2
     OFFSET $3`,
    [sweepid, limit, offset],
  );
  return rows;
}

/** The run of each of these sweeps that was planned last. A sweep without a run has no entry. */
export async function lastRuns(
  db: Queryable,
  sweepids: readonly number[],
): Promise<Map<number, SweepRunRow>> {
  const { rows } = await db.query<SweepRunRow>(
    `SELECT ${COLUMNS}
     FROM unnest($1::numeric[]) AS s (id)
     CROSS JOIN LATERAL (
       SELECT *
       FROM sweep_runs
       WHERE sweepid = s.id
       ORDER BY plannedat DESC, id DESC
       LIMIT 1
     ) AS r`,
    [sweepids],
  );
  return new Map(rows.map((run) => [run.sweepid, run]));
}

/** The newest runs that asked all checks and have ended, newest first. */
export async function endedRuns(db: Queryable, sweepid: number, limit: number): Promise<SweepRunRow[]> {
  const { rows } = await db.query<SweepRunRow>(
    `SELECT ${COLUMNS}
     FROM sweep_runs r
     WHERE r.sweepid = $1
       AND r.kind <> 'verify'
       AND r.state IN ('complete', 'partial')
     ORDER BY r.id DESC
     LIMIT $2`,
    [sweepid, limit],
  );
  return rows;
}

/** Runs that have not ended, oldest first. */
export async function unfinishedRuns(db: Queryable, sweepid?: number): Promise<SweepRunRow[]> {
  const { rows } = await db.query<SweepRunRow>(
    `SELECT ${COLUMNS}
     FROM sweep_runs r
     WHERE r.finishedat IS NULL
       AND ($1::numeric IS NULL OR r.sweepid = $1)
     ORDER BY r.id
     LIMIT 1000`,
    [sweepid ?? null],
  );
  return rows;
}

/** The planned times among `times` that have a run of the schedule. */
export async function timesWithRun(
  db: Queryable,
  sweepid: number,
  times: readonly string[],
): Promise<string[]> {
  const { rows } = await db.query<{ plannedat: string }>(
    `SELECT plannedat
     FROM sweep_runs
     WHERE sweepid = $1
       AND kind = 'schedule'
       AND plannedat = ANY($2::timestamptz[])`,
    [sweepid, times],
  );
  return rows.map(({ plannedat }) => plannedat);
}

/** Whether a run that was planned before a time has begun, or is about to, and had not ended at this time. */
export async function isOverlapping(db: Queryable, sweepid: number, at: string): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    `SELECT EXISTS (
       SELECT FROM sweep_runs
       WHERE sweepid = $1
         AND kind = 'schedule'
         AND plannedat < $2
         AND (finishedat IS NULL OR startedat IS NOT NULL AND finishedat > $2)
     ) AS found`,
    [sweepid, at],
  );
  return rows[0]?.found === true;
}

/** The workflow takes the run over. A run that has ended stays as it is. */
export async function startRun(
  db: Queryable,
  { id, workflowid, state }: { id: number; workflowid: string; state: RunState },
): Promise<void> {
  await db.query(
    `UPDATE sweep_runs
     SET
       workflowid = $2,
       state = $3,
       startedat = coalesce(startedat, now())
     WHERE id = $1 AND finishedat IS NULL`,
    [id, workflowid, state],
  );
}

/** The actions of the run were launched. */
export async function markRunning(db: Queryable, id: number): Promise<void> {
  await db.query(
    `UPDATE sweep_runs
     SET state = 'running'
     WHERE id = $1 AND finishedat IS NULL`,
    [id],
  );
}

export async function setRunPaused(
  db: Queryable,
  { id, paused }: { id: number; paused: boolean },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE sweep_runs
     SET paused = $2
     WHERE id = $1 AND finishedat IS NULL`,
    [id, paused],
  );
  return rowCount === 1;
}

/** Marks a run as cancelled for a reason; false when it has ended. */
export async function cancelRun(
  db: Queryable,
  { id, reason }: { id: number; reason: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE sweep_runs
     SET
       cancelledat = coalesce(cancelledat, now()),
       reason = coalesce(reason, $2)
     WHERE id = $1 AND finishedat IS NULL`,
    [id, reason],
  );
  return rowCount === 1;
}

/** Ends a run with its counts, once, and records an event. */
export async function finishRun(
  db: Queryable,
  run: Pick<SweepRunRow, 'id' | 'state' | 'reason' | 'targeted' | 'answered' | 'counts' | 'bycheck'>,
): Promise<void> {
  await db.query(
    `WITH run AS (
       UPDATE sweep_runs
       SET
         state = $2,
         reason = $3,
         targeted = $4,
         answered = $5,
         counts = $6,
         bycheck = $7,
         finishedat = now()
       WHERE id = $1 AND finishedat IS NULL
       RETURNING *
     )
     ${INSERT_RUN_EVENT}`,
    [
      run.id,
      run.state,
      run.reason,
      run.targeted,
      run.answered,
      JSON.stringify(run.counts),
      JSON.stringify(run.bycheck),
    ],
  );
}

import { MigError } from '../../contract/errors.ts';
import { readIfReadable, type Sweep, type SweepCheck } from '../../contract/sweep/document.ts';
import { type MatchedPlan, matchPlan } from '../../contract/sweep/match-plan.ts';
import { type PlanPart, planOfSigned } from '../../contract/sweep/plan.ts';
import { parseOperations } from '../../contract/sweep/requests.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { operationsOfRun } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { runById, type SweepRunRow } from '../../platform/postgres/queries/sweeps/runs.ts';
import { signedParts } from '../../platform/postgres/queries/sweeps/signed.ts';
import { type SweepRow, sweepById } from '../../platform/postgres/queries/sweeps/sweeps.ts';

/** The input of the activities of a run. */
export interface OfRun {
  runId: number;
}

/** The sweep as stored, and as read from its signed text, or the error `sweep_unreadable`. */
export async function loadSweep(
  db: Queryable,
  id: number,
): Promise<{ row: SweepRow; sweep: Sweep | MigError }> {
  const row = await sweepById(db, id);
  if (!row) throw new MigError('not_found', `sweep ${id} is not in the database`);
  return { row, sweep: readIfReadable(row) };
}

export async function requireRun(db: Queryable, id: number): Promise<SweepRunRow> {
  const run = await runById(db, id);
  if (!run) throw new MigError('not_found', `run ${id} is not in the database`);
  return run;
}

/** What a run asks: the sweep, the checks of this run, and the actions that they travel in. */
export interface RunPlan {
  row: SweepRow;
  sweep: Sweep;
  checks: readonly SweepCheck[];
  parts: PlanPart[];
}

/** The plan of a run, or the error `sweep_unreadable`. */
export async function loadPlan(db: Queryable, run: SweepRunRow): Promise<RunPlan | MigError> {
  const { row, sweep } = await loadSweep(db, run.sweepid);
  if (sweep instanceof MigError) return sweep;
  const { checks: chosen } = run;
  const checks = chosen === null ? sweep.checks : sweep.checks.filter(({ id }) => chosen.includes(id));
  const stored = JSON.parse(row.operations) as string[];
  const signed = await signedParts(db, run);
  const operations =
    signed.length === 0 ? stored : signed.map((part) => part.operations ?? stored[part.part] ?? '');
  return { row, sweep, checks, parts: planOfSigned(checks, operations) };
}

export type LaunchedPlan = Pick<RunPlan, 'checks'> & MatchedPlan;

/** The plan of a run beside the actions that were launched for it, or the error `sweep_unreadable`. */
export async function loadLaunchedPlan(db: Queryable, run: SweepRunRow): Promise<LaunchedPlan | MigError> {
  const plan = await loadPlan(db, run);
  if (plan instanceof MigError) return plan;
  const { checks, parts } = plan;
  const launched = await operationsOfRun(db, run.id);
  const matched = matchPlan(
    parts,
    launched.map(({ part, operations }) => ({ part, operations: parseOperations(operations) })),
  );
  return { checks, ...matched };
}

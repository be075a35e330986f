import { sha256Hex } from '../../contract/digest.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { isPausedAt, PAUSED_REASON } from '../../contract/rules/planned-time.ts';
import type { RunState } from '../../contract/sweep/item.ts';
import { actionsOfRun } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { insertRun, type SweepRunRow, startRun } from '../../platform/postgres/queries/sweeps/runs.ts';
import { pausesOf } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import type { ActivityDeps } from '../deps.ts';
import { finishSweepRun } from './finish.ts';
import { loadSweep, type OfRun, requireRun } from './load.ts';

type PoolDeps = Pick<ActivityDeps, 'pool'>;

export interface OpenedRun extends OfRun {
  name: string;
  state: RunState;
  isFinal: boolean;
  isPaused: boolean;
  isCancelRequested: boolean;
  /** When the run may begin: its planned time, and its share of the jitter. */
  beginsAtMs: number;
  /** When endpoints may no longer answer. */
  deadlineMs: number;
}

/**
 * Opens the run that a workflow is for: one that waits in the database, or the one that the schedule planned for a time.
 * A time has one run, however often a workflow starts for it.
 */
export async function openSweepRun(
  { pool, log }: Pick<ActivityDeps, 'pool' | 'log'>,
  input: { sweepId: number; runId: number | null; plannedAt: string | null; workflowId: string },
): Promise<OpenedRun> {
  const { sweepId, workflowId } = input;
  const runId = input.runId ?? (await plannedRun(pool, input));
  const { row, sweep } = await loadSweep(pool, sweepId);
  if (sweep instanceof MigError) {
    const { state } = await finishSweepRun({ pool, log }, { runId, refusal: sweep.message });
    return endedRun(runId, state);
  }
  const run = await requireRun(pool, runId);
  const isFinal = run.finishedat !== null;
  const state = run.actions.length > 0 ? 'running' : 'awaiting signature';
  if (!isFinal) await startRun(pool, { id: runId, workflowid: workflowId, state });
  return {
    runId,
    name: row.name,
    state: isFinal ? run.state : state,
    isFinal,
    isPaused: run.paused,
    isCancelRequested: run.cancelledat !== null,
    beginsAtMs: unixMillis(run.plannedat) + delayOf(run, sweep.schedule.jitter),
    deadlineMs: unixMillis(run.plannedat) + sweep.validity,
  };
}

/** A run that nothing more is done for. */
function endedRun(runId: number, state: RunState): OpenedRun {
  return {
    runId,
    name: '',
    state,
    isFinal: true,
    isPaused: false,
    isCancelRequested: false,
    beginsAtMs: 0,
    deadlineMs: 0,
  };
}

/** The same for each attempt, and another for each planned time. A run that an investigator asked for begins at once. */
function delayOf({ kind, sweepid, plannedat }: SweepRunRow, jitterMs: number): number {
  if (kind !== 'schedule') return 0;
  const share = Number.parseInt(sha256Hex(`${sweepid}/${unixMillis(plannedat)}`).slice(0, 8), 16) / 2 ** 32;
  return Math.floor(share * jitterMs);
}

async function plannedRun(
  pool: PoolDeps['pool'],
  { sweepId, plannedAt, workflowId }: { sweepId: number; plannedAt: string | null; workflowId: string },
): Promise<number> {
  if (plannedAt === null) {
    throw new MigError('parameter_invalid', 'neither a run nor a planned time was given');
  }
  // Temporal's schedule may learn of a pause later than Postgres.
  const pauses = await pausesOf(pool, { sweepid: sweepId, since: plannedAt });
  const isPaused = isPausedAt(unixMillis(plannedAt), pauses);
  const { id } = await insertRun(pool, {
    sweepid: sweepId,
    kind: 'schedule',
    plannedat: plannedAt,
    state: isPaused ? 'missed' : 'awaiting signature',
    reason: isPaused ? PAUSED_REASON : undefined,
    isFinished: isPaused,
    workflowid: workflowId,
  });
  return id;
}

/** The actions of a run: those that it waits for, and those that have ended. */
export interface RunProgress {
  open: number[];
  ended: number[];
}

export async function readSweepRun({ pool }: PoolDeps, { runId }: OfRun): Promise<RunProgress> {
  const actions = await actionsOfRun(pool, runId);
  const idsOf = (isFinal: boolean) =>
    actions.filter((action) => action.isFinal === isFinal).map(({ actionid }) => actionid);
  return { open: idsOf(false), ended: idsOf(true) };
}

import type { Client } from '@temporalio/client';
import { errorMessage, MigError } from '../contract/errors.ts';
import { unixMillis } from '../contract/go/time.ts';
import {
  decidePlannedTime,
  decideUnreadable,
  isPausedAt,
  type PlannedDecision,
  type PlannedTime,
  REPLACED_REASON,
} from '../contract/rules/planned-time.ts';
import { readIfReadable, type Sweep } from '../contract/sweep/document.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import {
  cancelRun,
  insertRun,
  isOverlapping,
  type NewRun,
  timesWithRun,
  unfinishedRuns,
} from '../platform/postgres/queries/sweeps/runs.ts';
import {
  markAccounted,
  markScheduled,
  pausesOf,
  type ScheduledSweep,
  scheduledSweeps,
  sweepById,
} from '../platform/postgres/queries/sweeps/sweeps.ts';
import {
  deleteSweepSchedule,
  hasSweepSchedule,
  pauseSweepSchedule,
  plannedTimes,
  putSweepSchedule,
  scheduledWorkflowId,
  scheduleOfSweep,
  startSweepWorkflow,
} from '../platform/temporal/sweep-schedule.ts';
import { cancelWorkflow } from '../platform/temporal/workflow-messages.ts';

// The schedules in Temporal are made from Postgres, and what they should have started is compared with what ran.

interface ScheduleDeps {
  pool: Pool;
  temporal: Client;
  log: Logger;
}

/** How long after its planned time a run may take to appear in Postgres. */
const GRACE_MS = 30_000;
/** Planned times that one round accounts for: a sweep that was forgotten for a year must not stop the others. */
const MAX_TIMES = 1_000;

export interface SweepSchedules {
  /** Makes Temporal's schedules those of Postgres. `all` also finds those that Temporal has lost. */
  keep(options: { all: boolean }): Promise<void>;
  /**
   * Gives every planned time a run: one that is late but within its catch-up window is started, every other is recorded
   * as missed or overlapped, with the reason. Temporal itself skips such times without a word.
   */
  account(): Promise<void>;
  /** Starts the workflows of runs that wait for one; of all unfinished runs when `all`. */
  startRuns(options: { all: boolean }): Promise<void>;
}

/** What a document says of the times of its runs, or why this version cannot read the document. */
type Plan = Pick<Sweep, 'schedule' | 'cronExpressions'> | { unreadable: string };
type ReadablePlan = Exclude<Plan, { unreadable: string }>;

export function createSweepSchedules(deps: ScheduleDeps): SweepSchedules {
  const { pool } = deps;
  // A document never changes: no role may update it. So each is read once.
  const plans = new Map<number, Plan>();
  const planOf = async (id: number): Promise<Plan> => {
    const plan = plans.get(id) ?? (await readPlan(deps, id));
    plans.set(id, plan);
    return plan;
  };
  return {
    async keep({ all }) {
      const rows = await scheduledSweeps(pool);
      for (const row of rows) {
        await oneByOne(deps, row, async () => {
          if (row.deletedat !== null) return endSchedule(deps, row);
          const plan = await planOf(row.id);
          if (!('unreadable' in plan)) return keepSchedule(deps, { row, plan, all });
          // The API may have had no Temporal when it was paused.
          if (row.paused && all) await pauseSweepSchedule(deps.temporal, row.id);
        });
      }
      const ids = new Set(rows.map(({ id }) => id));
      for (const id of plans.keys()) if (!ids.has(id)) plans.delete(id);
    },
    async account() {
      for (const row of await scheduledSweeps(pool)) {
        if (row.deletedat !== null || row.scheduledas === null) continue;
        await oneByOne(deps, row, async () => accountSweep(deps, { row, plan: await planOf(row.id) }));
      }
    },
    startRuns: ({ all }) => startSweepRuns(deps, { all }),
  };
}

/** Logs once that a document cannot be read; then it stops no other sweep. */
async function readPlan({ pool, log }: ScheduleDeps, id: number): Promise<Plan> {
  const row = await sweepById(pool, id);
  if (row === undefined) throw new MigError('not_found', `sweep ${id} is not in the database`);
  const sweep = readIfReadable(row);
  if (!(sweep instanceof MigError))
    return { schedule: sweep.schedule, cronExpressions: sweep.cronExpressions };
  log.warn({ sweepId: id, error: sweep.message }, 'document of a sweep not readable');
  return { unreadable: sweep.message };
}

async function endSchedule({ pool, temporal }: ScheduleDeps, { id }: ScheduledSweep): Promise<void> {
  await deleteSweepSchedule(temporal, id);
  await markScheduled(pool, { id, scheduledas: null });
}

async function keepSchedule(
  { pool, temporal }: ScheduleDeps,
  { row, plan, all }: { row: ScheduledSweep; plan: ReadablePlan; all: boolean },
): Promise<void> {
  const schedule = scheduleOfSweep(row, plan);
  const scheduledas = JSON.stringify(schedule);
  const isSame = row.scheduledas === scheduledas;
  if (isSame && (!all || (await hasSweepSchedule(temporal, row.id)))) return;
  await putSweepSchedule(temporal, schedule);
  await markScheduled(pool, { id: row.id, scheduledas });
}

type LateTime = Pick<PlannedTime, 'plannedMs' | 'pauses' | 'isLast'>;

async function accountSweep(
  { pool, temporal }: ScheduleDeps,
  { row, plan }: { row: ScheduledSweep; plan: Plan },
): Promise<void> {
  const fromMs = unixMillis(row.accountedto);
  const toMs = Date.now() - GRACE_MS;
  if (toMs <= fromMs) return;
  const planned = await plannedTimes(temporal, { sweepId: row.id, fromMs, toMs, limit: MAX_TIMES });
  if (planned === undefined) return; // it is made again when the document can be read
  const pauses = await pausesOf(pool, { sweepid: row.id, since: row.accountedto });
  const lastMs = planned.filter((ms) => !isPausedAt(ms, pauses)).at(-1);
  const times = planned.map((ms) => new Date(ms).toISOString());
  const known = new Set((await timesWithRun(pool, row.id, times)).map(unixMillis));
  for (const plannedMs of planned) {
    if (known.has(plannedMs)) continue;
    const plannedat = new Date(plannedMs).toISOString();
    const time = { plannedMs, pauses, isLast: plannedMs === lastMs };
    const decision = await decide(pool, { sweepId: row.id, plan, time });
    if (decision.type === 'wait') return;
    await insertRun(pool, {
      sweepid: row.id,
      kind: 'schedule',
      plannedat,
      workflowid: scheduledWorkflowId(row.id, plannedMs),
      ...stateOf(decision),
    });
    if (decision.type === 'start' && !('unreadable' in plan) && plan.schedule.overlap === 'cancel') {
      await endRunsBefore({ pool, temporal }, { sweepid: row.id, plannedMs });
    }
    await markAccounted(pool, { id: row.id, to: plannedat });
  }
  const accountedMs = planned.length < MAX_TIMES ? toMs : Math.max(...planned);
  await markAccounted(pool, { id: row.id, to: new Date(accountedMs).toISOString() });
}

async function decide(
  pool: Pool,
  { sweepId, plan, time }: { sweepId: number; plan: Plan; time: LateTime },
): Promise<PlannedDecision> {
  if ('unreadable' in plan) return decideUnreadable(time, plan.unreadable);
  const { catchup, overlap } = plan.schedule;
  return decidePlannedTime({
    ...time,
    nowMs: Date.now(),
    catchupMs: catchup,
    overlap,
    isOverlapping: await isOverlapping(pool, sweepId, new Date(time.plannedMs).toISOString()),
  });
}

function stateOf(
  decision: Exclude<PlannedDecision, { type: 'wait' }>,
): Pick<NewRun, 'state' | 'reason' | 'isFinished'> {
  if (decision.type === 'start') return { state: 'awaiting signature' };
  return { state: decision.state, reason: decision.reason, isFinished: true };
}

/** Temporal itself does this for the runs that its schedule starts. */
async function endRunsBefore(
  { pool, temporal }: Pick<ScheduleDeps, 'pool' | 'temporal'>,
  { sweepid, plannedMs }: { sweepid: number; plannedMs: number },
): Promise<void> {
  for (const { id, kind, plannedat, workflowid } of await unfinishedRuns(pool, sweepid)) {
    if (kind !== 'schedule' || unixMillis(plannedat) >= plannedMs) continue;
    await cancelRun(pool, { id, reason: REPLACED_REASON });
    if (workflowid !== null) await cancelWorkflow(temporal, workflowid);
  }
}

async function startSweepRuns(deps: ScheduleDeps, { all }: { all: boolean }): Promise<void> {
  const names = new Map((await scheduledSweeps(deps.pool)).map(({ id, name }) => [id, name]));
  for (const run of await unfinishedRuns(deps.pool)) {
    if (run.workflowid === null || (!all && run.startedat !== null)) continue;
    const { id, sweepid, workflowid } = run;
    await oneByOne(deps, { id: sweepid }, () =>
      startSweepWorkflow(deps.temporal, {
        sweepId: sweepid,
        runId: id,
        workflowId: workflowid,
        name: names.get(sweepid) ?? String(sweepid),
      }),
    );
  }
}

/** A sweep that fails stops no other. */
async function oneByOne(
  { log }: ScheduleDeps,
  { id }: { id: number },
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.warn({ sweepId: id, error: errorMessage(error) }, 'schedule of a sweep not kept');
  }
}

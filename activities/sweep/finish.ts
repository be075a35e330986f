import { MigError } from '../../contract/errors.ts';
import { addCounts } from '../../contract/sweep/counts.ts';
import type { RunState } from '../../contract/sweep/item.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { countItems } from '../../platform/postgres/queries/sweeps/items.ts';
import {
  actionsOfRun,
  countAnswers,
  type RunAction,
} from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { finishRun, type SweepRunRow } from '../../platform/postgres/queries/sweeps/runs.ts';
import type { ActivityDeps } from '../deps.ts';
import { loadLaunchedPlan, type OfRun, requireRun } from './load.ts';

/** How a run ended. */
export interface EndedRun {
  state: RunState;
  reason: string | null;
  targeted: number;
  answered: number;
  counts: Record<string, number>;
}

/** Ends a run, once, and returns how it ended. `refusal`: why no endpoint could be asked. */
export async function finishSweepRun(
  { pool, log }: Pick<ActivityDeps, 'pool' | 'log'>,
  { runId, refusal }: OfRun & { refusal: string | null },
): Promise<EndedRun> {
  const run = await requireRun(pool, runId);
  if (run.finishedat === null) {
    const actions = await actionsOfRun(pool, runId);
    const answers = await countAnswers(pool, runId);
    const { sweepid, checks } = run;
    const bycheck = await countItems(pool, { sweepid, runid: runId, checks });
    const problem = await problemOf(pool, run);
    const ending = endingOf({ run, actions, refusal, problem, ...answers });
    await finishRun(pool, {
      id: runId,
      ...ending,
      ...answers,
      bycheck,
      counts: addCounts(Object.values(bycheck)),
    });
    log.info({ runId, ...ending, ...answers }, 'sweep run ended');
  }
  const { state, reason, targeted, answered, counts } = await requireRun(pool, runId);
  return { state, reason, targeted, answered, counts };
}

/** How many checks a reason names. */
const MAX_NAMED = 5;

/** Why this version could not evaluate all answers of a run; undefined when it could. */
async function problemOf(pool: ActivityDeps['pool'], run: SweepRunRow): Promise<string | undefined> {
  const plan = await loadLaunchedPlan(pool, run);
  if (plan instanceof MigError) return plan.message;
  const { lost } = plan;
  if (run.actions.length === 0 || lost.length === 0) return undefined;
  const names = lost.slice(0, MAX_NAMED).map(({ id }) => id);
  const others = lost.length > MAX_NAMED ? ', …' : '';
  return `another version of the software planned what was signed, so ${countOf(lost.length, 'check')} cannot be evaluated: ${names.join(', ')}${others}`;
}

interface Outcome {
  run: SweepRunRow;
  actions: readonly RunAction[];
  refusal: string | null;
  /** Why answers could not be evaluated. */
  problem: string | undefined;
  targeted: number;
  answered: number;
}

/** `unsigned`: no valid signature allowed the run. `missed`: nobody could be asked for another reason, such as a pause. */
function endingOf({
  run,
  actions,
  refusal,
  problem,
  targeted,
  answered,
}: Outcome): Pick<EndedRun, 'state' | 'reason'> {
  if (problem !== undefined && (targeted > 0 || actions.length === 0)) {
    return { state: targeted === 0 ? 'missed' : 'partial', reason: problem };
  }
  if (refusal !== null) return { state: run.paused ? 'missed' : 'unsigned', reason: refusal };
  if (run.cancelledat !== null) {
    return { state: targeted === 0 ? 'missed' : 'partial', reason: run.reason };
  }
  const invalid = actions.find(({ status }) => status === 'invalid');
  if (actions.length === 0) return { state: 'unsigned', reason: 'nobody has signed this run' };
  if (targeted === 0) return { state: 'missed', reason: invalid?.reason ?? 'the target matches no agent' };
  if (answered === targeted && invalid === undefined) return { state: 'complete', reason: null };
  const silent = `${targeted - answered} of ${countOf(targeted, 'endpoint')} did not answer`;
  return { state: 'partial', reason: invalid?.reason ?? silent };
}

import { sha256Hex } from '../../contract/digest.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { REPLACED_REASON } from '../../contract/rules/planned-time.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { recordTemporalAudit } from '../../platform/postgres/queries/audit.ts';
import { actionsOfRun } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { cancelRun, setRunPaused } from '../../platform/postgres/queries/sweeps/runs.ts';
import { scheduledOverlap } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import type { ActivityDeps } from '../deps.ts';
import type { SteeringOrder } from '../steering.ts';
import { type OfRun, requireRun } from './load.ts';

type SteerDeps = Pick<ActivityDeps, 'pool' | 'log' | 'workflows'>;
type Verb = 'pause' | 'resume' | 'cancel';

/** Commits an order about a run to Postgres before it is acknowledged. Its actions follow by `steerSweepActions`. */
export async function steerSweepRun(
  { pool, log }: SteerDeps,
  { runId, verb, order }: OfRun & { verb: Verb; order: SteeringOrder },
): Promise<void> {
  const { updateId, identity, runId: temporalRunId } = order;
  const audit = {
    kind: `sweep_run_${verb}` as const,
    identity,
    requestId: updateId,
    objectId: runId,
    detail: { runid: temporalRunId },
    eventId: sha256Hex(`sweep/${verb}/${runId}/${temporalRunId}/${updateId}`),
  };
  await inTransaction(pool, async (db) => {
    const isSteered =
      verb === 'cancel'
        ? await cancelRun(db, { id: runId, reason: 'the run was cancelled' })
        : await setRunPaused(db, { id: runId, paused: verb === 'pause' });
    if (!isSteered) throw new MigError('conflict', 'the run has ended');
    await recordTemporalAudit(db, audit);
  });
  log.info({ audit }, 'audit');
}

/** Records why Temporal cancelled a run: the next one takes its place, as its overlap policy says, or an operator did it. */
export async function replaceSweepRun({ pool }: Pick<SteerDeps, 'pool'>, { runId }: OfRun): Promise<void> {
  const { kind, sweepid } = await requireRun(pool, runId);
  // Not from the document, which this version may refuse.
  const isReplaced = kind === 'schedule' && (await scheduledOverlap(pool, sweepid)) === 'cancel';
  const reason = isReplaced ? REPLACED_REASON : 'the run was cancelled in Temporal';
  await cancelRun(pool, { id: runId, reason });
}

/** Passes an order on to the actions of a run. One that fails stops no other, and is tried again by Temporal. */
export async function steerSweepActions(
  { pool, log, workflows }: SteerDeps,
  { runId, verb }: OfRun & { verb: Verb },
): Promise<void> {
  const failed: unknown[] = [];
  for (const { actionid, isFinal } of await actionsOfRun(pool, runId)) {
    if (isFinal) continue;
    try {
      await workflows.steerAction({ actionId: actionid, verb });
    } catch (error) {
      log.warn(
        { runId, actionId: actionid, verb, error: errorMessage(error) },
        'action of a run not steered',
      );
      failed.push(error);
    }
  }
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} actions of the run not steered`);
}

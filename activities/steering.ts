import { sha256Hex } from '../contract/digest.ts';
import { MigError } from '../contract/errors.ts';
import { inTransaction } from '../platform/postgres/pool.ts';
import { notifyActions, requestCancel, setPaused } from '../platform/postgres/queries/actions/actions.ts';
import { recordTemporalAudit } from '../platform/postgres/queries/audit.ts';
import { endHold } from '../platform/postgres/queries/brakes/brakes.ts';
import type { ActivityDeps, OfAction } from './deps.ts';

// What an operator orders while an action runs, committed to Postgres before it is acknowledged.

type SteeringDeps = Pick<ActivityDeps, 'pool' | 'log'>;

/** Where an order came from, for the audit trail. */
export interface SteeringOrder {
  updateId: string;
  /** As the sender names itself. */
  identity: string;
  runId: string;
}

export async function pauseAction(
  { pool, log }: SteeringDeps,
  { actionId, isPaused, order }: OfAction & { isPaused: boolean; order: SteeringOrder },
): Promise<void> {
  const audit = auditOf(isPaused ? 'pause' : 'resume', actionId, order);
  await inTransaction(pool, async (db) => {
    if (!isPaused) await endHold(db, actionId);
    if (!(await setPaused(db, { id: actionId, paused: isPaused })))
      throw new MigError('conflict', 'the action is final');
    await recordTemporalAudit(db, audit);
    await notifyActions(db, [actionId]);
  });
  log.info({ audit }, 'audit');
}

export async function cancelAction(
  { pool, log }: SteeringDeps,
  { actionId, order }: OfAction & { order: SteeringOrder },
): Promise<void> {
  const audit = auditOf('cancel', actionId, order);
  await inTransaction(pool, async (db) => {
    if (!(await requestCancel(db, actionId))) throw new MigError('conflict', 'the action is final');
    await recordTemporalAudit(db, audit);
  });
  log.info({ audit }, 'audit');
}

/** The event id includes the run id: Temporal accepts an Update's id once per run. */
function auditOf(kind: 'pause' | 'resume' | 'cancel', objectId: number, order: SteeringOrder) {
  const { updateId, identity, runId } = order;
  // Kind and action are part of the id: whoever calls the activity directly chooses the other two.
  const eventId = sha256Hex(`${kind}/${objectId}/${runId}/${updateId}`);
  return { kind, identity, requestId: updateId, objectId, detail: { runid: runId }, eventId };
}

import { parseAction } from '../contract/action.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { encodeJson } from '../contract/go/json.ts';
import { unixMillis } from '../contract/go/time.ts';
import { type Counters, isFinalAction } from '../contract/rules/accounting.ts';
import { signedTexts } from '../contract/rules/signed-text.ts';
import type { ActionStatus } from '../contract/statuses.ts';
import { verifySignatures } from '../platform/openpgp/verify.ts';
import { inTransaction, type Pool } from '../platform/postgres/pool.ts';
import {
  type ActionRow,
  actionById,
  actionRecord,
  finishAction as finishActionRow,
  notifyActions,
  setActionStatus,
} from '../platform/postgres/queries/actions/actions.ts';
import { countersOf } from '../platform/postgres/queries/actions/counters.ts';
import { endUnanswered } from '../platform/postgres/queries/commands/commands.ts';
import { workflowOfAction } from '../platform/postgres/queries/sweeps/run-actions.ts';
import { resolveIntoCommands } from '../platform/postgres/queries/targets.ts';
import { checkTarget } from '../platform/postgres/target/target.ts';
import type { ActivityDeps, OfAction } from './deps.ts';
import { loadActiveKeyring } from './keyring.ts';

// The steps of an action that read and write its row. Each is idempotent: its key is the action's id.

type PoolDeps = Pick<ActivityDeps, 'pool'>;

interface LoadedAction {
  status: ActionStatus;
  validFromMs: number;
  expireAfterMs: number;
  isPaused: boolean;
  /** Absent in histories older than brakes. */
  isBraked?: boolean;
  isCancelRequested: boolean;
}

export async function loadAction({ pool }: PoolDeps, { actionId }: OfAction): Promise<LoadedAction> {
  const row = await requireAction(pool, actionId);
  return {
    status: row.status as ActionStatus,
    validFromMs: unixMillis(row.validfrom),
    expireAfterMs: unixMillis(row.expireafter),
    isPaused: row.paused,
    isBraked: row.braked,
    isCancelRequested: row.cancelledat !== null,
  };
}

/** Verifies the stored row again: since the POST a key may have been revoked, an investigator disabled, or the row altered. */
export async function validateSignatures({ pool }: PoolDeps, { actionId }: OfAction): Promise<void> {
  const row = await requireAction(pool, actionId);
  const action = parseAction(encodeJson(actionRecord(row)));
  const { keyring } = await loadActiveKeyring(pool);
  await verifySignatures(signedTexts(action), action.pgpsignatures, { keyring, nowMs: Date.now() });
  await setActionStatus(pool, { id: actionId, status: 'scheduled' });
}

/** Stores a command for each endpoint that the target reaches, once; returns their number. */
export async function resolveTargets(
  { pool, targets }: Pick<ActivityDeps, 'pool' | 'targets'>,
  { actionId }: OfAction,
): Promise<number> {
  const { target } = await requireAction(pool, actionId);
  const { namesStatus } = await checkTarget(target);
  const count = await resolveIntoCommands(targets, { actionId, namesStatus });
  if (count > 0) await setActionStatus(pool, { id: actionId, status: 'inflight' });
  await notifyActions(pool, [actionId]);
  return count;
}

export function readCounters({ pool }: PoolDeps, { actionId }: OfAction): Promise<Counters> {
  return countersOf(pool, actionId);
}

interface FinishedAction {
  status: ActionStatus;
  reason: string | null;
  counters: Counters;
}

/** Ends the waiting commands and the action in one transaction; an action that was final before stays as it is. */
export async function finishAction(
  deps: Pick<ActivityDeps, 'pool' | 'log' | 'workflows'>,
  ending: OfAction & { outcome: ActionStatus; reason: string | null },
): Promise<FinishedAction> {
  const finished = await storeEnding(deps, ending);
  await wakeSweepOf(deps, ending.actionId);
  return finished;
}

/** A sweep whose signal is lost looks again by itself. */
async function wakeSweepOf(
  { pool, log, workflows }: Pick<ActivityDeps, 'pool' | 'log' | 'workflows'>,
  actionId: number,
): Promise<void> {
  const workflowId = await workflowOfAction(pool, actionId);
  if (workflowId === undefined) return;
  try {
    await workflows.wake(workflowId);
  } catch (error) {
    log.warn({ actionId, error: errorMessage(error) }, 'workflow not woken');
  }
}

function storeEnding(
  { pool }: PoolDeps,
  { actionId, outcome, reason }: OfAction & { outcome: ActionStatus; reason: string | null },
): Promise<FinishedAction> {
  return inTransaction(pool, async (db) => {
    await endUnanswered(db, { actionId, status: outcome === 'completed' ? 'expired' : 'cancelled' });
    await finishActionRow(db, { id: actionId, status: outcome, reason });
    await notifyActions(db, [actionId]);
    const row = await actionById(db, actionId);
    const status = row && isFinalAction(row.status) ? (row.status as ActionStatus) : outcome;
    return { status, reason: row?.reason ?? reason, counters: await countersOf(db, actionId) };
  });
}

async function requireAction(pool: Pool, actionId: number): Promise<ActionRow> {
  const row = await actionById(pool, actionId);
  if (!row) throw new MigError('not_found', `action ${actionId} is not in the database`);
  return row;
}

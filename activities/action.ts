import { parseAction } from '../contract/action.ts';
import { MigError } from '../contract/errors.ts';
import { encodeJson } from '../contract/go/json.ts';
import { unixMillis } from '../contract/go/time.ts';
import { type Counters, isFinalAction } from '../contract/rules/accounting.ts';
import { signedTexts } from '../contract/rules/signed-text.ts';
import type { ActionStatus } from '../contract/statuses.ts';
import { readKeyring } from '../platform/openpgp/keyring.ts';
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
import { activeInvestigators } from '../platform/postgres/queries/investigators.ts';
import { resolveIntoCommands } from '../platform/postgres/queries/targets.ts';
import { checkTarget } from '../platform/postgres/target/target.ts';
import type { ActivityDeps, OfAction } from './deps.ts';

// The steps of an action that read and write its row. Each is idempotent: its key is the action's id.

type PoolDeps = Pick<ActivityDeps, 'pool'>;

interface LoadedAction {
  status: ActionStatus;
  validFromMs: number;
  expireAfterMs: number;
  isPaused: boolean;
  isCancelRequested: boolean;
}

export async function loadAction({ pool }: PoolDeps, { actionId }: OfAction): Promise<LoadedAction> {
  const row = await requireAction(pool, actionId);
  return {
    status: row.status as ActionStatus,
    validFromMs: unixMillis(row.validfrom),
    expireAfterMs: unixMillis(row.expireafter),
    isPaused: row.paused,
    isCancelRequested: row.cancelledat !== null,
  };
}

/** Verifies the stored row again: since the POST a key may have been revoked, an investigator disabled, or the row altered. */
export async function validateSignatures({ pool }: PoolDeps, { actionId }: OfAction): Promise<void> {
  const row = await requireAction(pool, actionId);
  const action = parseAction(encodeJson(actionRecord(row)));
  const investigators = await activeInvestigators(pool);
  const { keyring } = await readKeyring(
    investigators.map(({ publickey, pgpfingerprint }) => ({
      armored: publickey?.toString() ?? '',
      fingerprint: pgpfingerprint,
    })),
  );
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
export function finishAction(
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

import { parseAction } from '../contract/action.ts';
import { sha256Hex } from '../contract/digest.ts';
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
  finishAction,
  notifyActions,
  requestCancel,
  setActionStatus,
  setPaused,
} from '../platform/postgres/queries/actions.ts';
import { recordTemporalAudit } from '../platform/postgres/queries/audit.ts';
import { endUnanswered } from '../platform/postgres/queries/commands.ts';
import { countersOf } from '../platform/postgres/queries/counters.ts';
import { activeInvestigators } from '../platform/postgres/queries/investigators.ts';
import { resolveIntoCommands } from '../platform/postgres/queries/targets.ts';
import { checkTarget } from '../platform/postgres/target/target.ts';
import type { ActivityDeps } from './deps.ts';
import { withFailures } from './failures.ts';

interface OfAction {
  actionId: number;
}

/** Where an order came from, for the audit trail. */
export interface SteeringOrder {
  updateId: string;
  /** What the sender says of itself. */
  identity: string;
  runId: string;
}

/** The steps of an action that read and write its row. Each is idempotent: its key is the action's id. */
export function createActionActivities({ pool, targets }: ActivityDeps) {
  return {
    loadAction: ({ actionId }: OfAction) =>
      withFailures(async () => {
        const row = await load(pool, actionId);
        return {
          status: row.status as ActionStatus,
          validFromMs: unixMillis(row.validfrom),
          expireAfterMs: unixMillis(row.expireafter),
          isPaused: row.paused,
          isCancelRequested: row.cancelledat !== null,
        };
      }),

    /** Again, on the row itself: keys may have been revoked, investigators disabled, rows altered since the POST. */
    validateSignatures: ({ actionId }: OfAction) =>
      withFailures(async () => {
        const row = await load(pool, actionId);
        const action = parseAction(encodeJson(actionRecord(row)));
        const investigators = await activeInvestigators(pool);
        const { keyring } = await readKeyring(
          investigators.map((i) => ({
            armored: i.publickey?.toString() ?? '',
            fingerprint: i.pgpfingerprint,
          })),
        );
        await verifySignatures(signedTexts(action), action.pgpsignatures, { keyring, nowMs: Date.now() });
        await setActionStatus(pool, { id: actionId, status: 'scheduled' });
      }),

    resolveTargets: ({ actionId }: OfAction) =>
      withFailures(async () => {
        const { target } = await load(pool, actionId);
        const { namesStatus } = await checkTarget(target);
        const count = await resolveIntoCommands(targets, { actionId, namesStatus });
        if (count > 0) await setActionStatus(pool, { id: actionId, status: 'inflight' });
        await notifyActions(pool, [actionId]);
        return count;
      }),

    awaitResults: ({ actionId }: OfAction): Promise<Counters> =>
      withFailures(() => countersOf(pool, actionId)),
  };
}

/** What an operator may do to a running action, committed before it is acknowledged; and its end. */
export function createSteeringActivities({ pool, log }: ActivityDeps) {
  return {
    pauseAction: ({ actionId, isPaused, order }: OfAction & { isPaused: boolean; order: SteeringOrder }) =>
      withFailures(async () => {
        const audit = auditOf(isPaused ? 'pause' : 'resume', actionId, order);
        await inTransaction(pool, async (db) => {
          if (!(await setPaused(db, { id: actionId, paused: isPaused })))
            throw new MigError('conflict', 'the action is final');
          await recordTemporalAudit(db, audit);
          await notifyActions(db, [actionId]);
        });
        log.info({ audit }, 'audit');
      }),

    cancelAction: ({ actionId, order }: OfAction & { order: SteeringOrder }) =>
      withFailures(async () => {
        const audit = auditOf('cancel', actionId, order);
        await inTransaction(pool, async (db) => {
          if (!(await requestCancel(db, actionId))) throw new MigError('conflict', 'the action is final');
          await recordTemporalAudit(db, audit);
        });
        log.info({ audit }, 'audit');
      }),

    /** Ends what still waits and the action with it, in one transaction; tells how it stands when it was final before. */
    finishAction: ({
      actionId,
      outcome,
      reason,
    }: OfAction & { outcome: ActionStatus; reason: string | null }) =>
      withFailures(() =>
        inTransaction(pool, async (db) => {
          await endUnanswered(db, { actionId, status: outcome === 'completed' ? 'expired' : 'cancelled' });
          await finishAction(db, { id: actionId, status: outcome, reason });
          await notifyActions(db, [actionId]);
          const row = await actionById(db, actionId);
          const status = row && isFinalAction(row.status) ? (row.status as ActionStatus) : outcome;
          return { status, reason: row?.reason ?? reason, counters: await countersOf(db, actionId) };
        }),
      ),
  };
}

/** The event is of this run: the server takes an Update's id once in each. */
function auditOf(kind: 'pause' | 'resume' | 'cancel', objectId: number, order: SteeringOrder) {
  const { updateId, identity, runId } = order;
  // With what was done, to which action: whoever runs an activity by hand chooses the other two.
  const eventId = sha256Hex(`${kind}/${objectId}/${runId}/${updateId}`);
  return { kind, identity, requestId: updateId, objectId, detail: { runid: runId }, eventId };
}

async function load(pool: Pool, actionId: number): Promise<ActionRow> {
  const row = await actionById(pool, actionId);
  if (!row) throw new MigError('not_found', `action ${actionId} is not in the database`);
  return row;
}

import { parseAction } from '../../contract/action.ts';
import { type Brakes, parseBrakes } from '../../contract/brakes.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { actionDigest } from '../../contract/inbox/note.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  type ActionRow,
  actionRecord,
  notifyActions,
} from '../../platform/postgres/queries/actions/actions.ts';
import { lockBrakes, lockChangesOfBrakes, setBrakes } from '../../platform/postgres/queries/brakes/brakes.ts';
import { entryOfAction } from '../../platform/postgres/queries/inbox/entries.ts';
import { isOfSweep } from '../../platform/postgres/queries/sweeps/run-actions.ts';
import { signalWorkflow } from '../../platform/temporal/workflow-messages.ts';
import { brakesSignal } from '../../workflows/messages.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { requireAction } from '../records/require-action.ts';
import { checkBrakes } from './check-brakes.ts';
import { requireTight } from './require-tight.ts';

interface Change {
  actionId: number;
  brakes: Brakes;
  caller: AuditCaller;
}

/** Gives an action that has not ended brakes, or others. They count from the commit on. */
export async function changeBrakes(deps: ApiDeps, { actionId, brakes, caller }: Change): Promise<void> {
  await auditedChange(deps, async (db) => {
    await lockChangesOfBrakes(db, actionId);
    const before = await lockBrakes(db, actionId);
    const row = await requireUnfinished(db, actionId);
    checkBrakes(
      brakes,
      { ...row, operations: JSON.parse(row.operations) as { module: string }[] },
      deps.now(),
    );
    await requireOwnPace(db, actionId);
    await requireSigned(db, { row, brakes });
    const earlier = before === undefined ? undefined : parseBrakes(before.settings);
    await setBrakes(db, {
      actionId,
      settings: JSON.stringify(brakes),
      isSameCanary: JSON.stringify(earlier?.canary) === JSON.stringify(brakes.canary),
    });
    await notifyActions(db, [actionId]);
    return {
      result: undefined,
      entry: {
        ...caller,
        kind: 'brakes',
        outcome: 'done',
        objectId: actionId,
        detail: { brakes, before: earlier },
      },
    };
  });
  await tellWorkflow(deps, actionId);
}

async function requireUnfinished(db: Queryable, actionId: number): Promise<ActionRow> {
  const row = await requireAction(db, actionId);
  if (isFinalAction(row.status)) throw new MigError('conflict', `the action is ${row.status} already`);
  return row;
}

/** The actions of a sweep leave as fast as their answers are stored. */
async function requireOwnPace(db: Queryable, actionId: number): Promise<void> {
  if (!(await isOfSweep(db, actionId))) return;
  throw new MigError('conflict', 'brakes: this action is of a sweep, which has a pace of its own');
}

/** One person must not lift what the signers of the inbox have read, in the note of the first of them. */
async function requireSigned(
  db: Queryable,
  { row, brakes }: { row: ActionRow; brakes: Brakes },
): Promise<void> {
  const digest = actionDigest(parseAction(encodeJson(actionRecord(row))));
  const entry = await entryOfAction(db, { actionId: row.id, digest });
  if (entry !== undefined) requireTight(brakes, entry);
}

/** Until the signal arrives the workflow may sleep; the reconciler repeats one that is lost. */
async function tellWorkflow({ temporal, log }: ApiDeps, actionId: number): Promise<void> {
  try {
    await signalWorkflow(temporal, { workflowId: actionWorkflowId(actionId), signal: brakesSignal });
  } catch (error) {
    log.warn({ actionId, error: errorMessage(error) }, 'workflow not told of brakes yet');
  }
}

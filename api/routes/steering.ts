import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { type ActionRow, actionById } from '../../platform/postgres/queries/actions.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { logAudit } from '../audit/log-audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';

const UPDATES = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate } as const;
const VERBS = ['pause', 'resume', 'cancel'] as const;
const UPDATE_TIMEOUT_MS = 10_000;
const ATTEMPTS = 5;
const AGAIN_MS = 200;

/** Steers running actions through the workflow's Updates, which commit to Postgres before they answer. */
export function steeringRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  for (const verb of VERBS) {
    app.post(`/action/${verb}/`, auditAs(verb), requirePermission(deps, 'action_create'), async (c) => {
      const id = parseId('Action', 'actionid', readForm(c, 4096).get('actionid'));
      c.set('audit', { kind: verb, objectId: id });
      const row = await actionById(deps.pool, id);
      if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
      if (isFinalAction(row.status)) throw new MigError('conflict', `the action is ${row.status} already`);
      // The worker's row, in the transaction of the change, finds this one by the id of the Update.
      const order = { ...auditCaller(deps, c), kind: verb, outcome: 'ordered' as const, objectId: id };
      await recordAudit(deps.pool, [order]);
      logAudit(deps.log, [order]);
      const progress = await execute(deps, id, { update: UPDATES[verb], updateId: order.requestId });
      return respond(c, [item(recordHref(deps, 'action', id), 'progress', progress)]);
    });
  }
  return app;
}

type Update = (typeof UPDATES)[keyof typeof UPDATES];

async function execute(
  deps: ApiDeps,
  id: number,
  { update, updateId }: { update: Update; updateId: string },
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deps.temporal.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () =>
        deps.temporal.workflow.getHandle(actionWorkflowId(id)).executeUpdate(update, { updateId }),
      );
    } catch (error) {
      // The dropped task's work was done anew: what was asked for may have happened by now.
      const row = attempt > 1 ? await actionById(deps.pool, id) : undefined;
      if (row && isDone(row, update)) return { actionId: id, status: row.status };
      if (attempt >= ATTEMPTS || !wasTaskDropped(error)) throw explained(error);
      await sleep(AGAIN_MS);
    }
  }
}

function isDone({ status, paused, cancelledat }: ActionRow, update: Update): boolean {
  if (update === cancelUpdate) return cancelledat !== null;
  return !isFinalAction(status) && paused === (update === pauseUpdate);
}

/** The server dropped the workflow task that the Update came with, as when an answer arrived while the workflow ended. */
function wasTaskDropped(error: unknown): boolean {
  return (
    isGrpcServiceError((error as Error).cause) && /workflow task failure/.test(String((error as Error).cause))
  );
}

function explained(error: unknown): MigError {
  if (error instanceof WorkflowUpdateFailedError) {
    return new MigError('conflict', error.cause?.message ?? error.message, { cause: error });
  }
  const why =
    error instanceof WorkflowNotFoundError ? 'its workflow has not started yet' : 'Temporal does not answer';
  return new MigError('unavailable', `the action cannot be steered now: ${why}`, { cause: error });
}

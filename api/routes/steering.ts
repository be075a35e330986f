import { WorkflowUpdateFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { actionById } from '../../platform/postgres/queries/actions.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { requirePermission } from '../authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { recordHref, respond } from '../respond.ts';
import { parseId, readForm } from '../validate.ts';

const UPDATES = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate };
const UPDATE_TIMEOUT_MS = 10_000;

/** Steers running actions through the workflow's Updates, which commit to Postgres before they answer. */
export function steeringRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  for (const [verb, update] of Object.entries(UPDATES)) {
    app.post(`/action/${verb}/`, requirePermission(deps, 'action_create'), async (c) => {
      const id = parseId('Action', 'actionid', (await readForm(c, 4096)).get('actionid'));
      const row = await actionById(deps.pool, id);
      if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
      if (isFinalAction(row.status)) throw new MigError('conflict', `the action is ${row.status} already`);
      const progress = await execute(deps, id, update);
      return respond(c, [item(recordHref(deps, 'action', id), 'progress', progress)]);
    });
  }
  return app;
}

async function execute({ temporal }: ApiDeps, id: number, update: (typeof UPDATES)[keyof typeof UPDATES]) {
  try {
    return await temporal.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () =>
      temporal.workflow.getHandle(actionWorkflowId(id)).executeUpdate(update),
    );
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw new MigError('conflict', error.cause?.message ?? error.message, { cause: error });
    }
    const why =
      error instanceof WorkflowNotFoundError
        ? 'its workflow has not started yet'
        : 'Temporal does not answer';
    throw new MigError('unavailable', `the action cannot be steered now: ${why}`, { cause: error });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { type ActionRow, actionById } from '../../platform/postgres/queries/actions/actions.ts';
import {
  isWorkflowMissing,
  refusalOf,
  updateWorkflow,
  wasTaskDropped,
} from '../../platform/temporal/workflow-messages.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import type { ApiDeps } from '../context.ts';

export const STEERING_VERBS = ['pause', 'resume', 'cancel'] as const;
export type SteeringVerb = (typeof STEERING_VERBS)[number];

const UPDATES = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate };
const MAX_ATTEMPTS = 5;
const RETRY_MS = 200;

interface Steering {
  actionId: number;
  verb: SteeringVerb;
  updateId: string;
}

/** Sends an Update to the action's workflow, which commits the change to Postgres before it responds. Retries lost Updates. */
export async function steerAction(deps: ApiDeps, steering: Steering): Promise<unknown> {
  let attempts = 0;
  while (true) {
    try {
      attempts++;
      return await executeUpdate(deps, steering);
    } catch (error) {
      // An earlier attempt that seemed lost may have succeeded.
      const row = attempts > 1 ? await actionById(deps.pool, steering.actionId) : undefined;
      if (row && isDone(row, steering.verb)) return { actionId: row.id, status: row.status };
      if (attempts >= MAX_ATTEMPTS || !wasTaskDropped(error)) throw steeringError(error);
      await sleep(RETRY_MS);
    }
  }
}

async function executeUpdate(
  { temporal }: ApiDeps,
  { actionId, verb, updateId }: Steering,
): Promise<unknown> {
  return updateWorkflow(temporal, {
    workflowId: actionWorkflowId(actionId),
    update: UPDATES[verb],
    updateId,
  });
}

function isDone({ status, paused, cancelledat }: ActionRow, verb: SteeringVerb): boolean {
  if (verb === 'cancel') return cancelledat !== null;
  return !isFinalAction(status) && paused === (verb === 'pause');
}

function steeringError(error: unknown): MigError {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return new MigError('conflict', refusal, { cause: error });
  const reason = isWorkflowMissing(error) ? 'its workflow has not started yet' : 'Temporal does not answer';
  return new MigError('unavailable', `the action cannot be steered now: ${reason}`, { cause: error });
}

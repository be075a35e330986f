import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { type ActionRow, actionById } from '../../platform/postgres/queries/actions/actions.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { actionCard, startActionWorkflow } from '../../platform/temporal/start-action.ts';
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
/** A busy Temporal may need longer than one wait; the order is the same one. */
export const STEERING_WAITS = 2;
export const TEMPORAL_IS_SLOW =
  'Temporal does not answer; it may still take the order, so look again before you repeat it';
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

async function executeUpdate(deps: ApiDeps, { actionId, verb, updateId }: Steering): Promise<unknown> {
  const execute = () =>
    updateWorkflow(deps.temporal, {
      workflowId: actionWorkflowId(actionId),
      update: UPDATES[verb],
      updateId,
      waits: STEERING_WAITS,
    });
  try {
    return await execute();
  } catch (error) {
    if (!isWorkflowMissing(error) || !(await startIfOpen(deps, actionId))) throw error;
    return execute();
  }
}

/** Starts the workflow of an action that has none yet, or that Temporal has lost; false when the action has ended. */
async function startIfOpen({ pool, temporal }: ApiDeps, actionId: number): Promise<boolean> {
  const row = await actionById(pool, actionId);
  if (row === undefined || isFinalAction(row.status)) return false;
  const signers = (await investigatorsOfActions(pool, [actionId])).get(actionId) ?? [];
  const fingerprints = signers.map(({ pgpfingerprint }) => pgpfingerprint);
  await startActionWorkflow(temporal, actionCard(row, fingerprints));
  return true;
}

function isDone({ status, paused, cancelledat }: ActionRow, verb: SteeringVerb): boolean {
  if (verb === 'cancel') return cancelledat !== null;
  return !isFinalAction(status) && paused === (verb === 'pause');
}

function steeringError(error: unknown): MigError {
  const refusal = refusalOf(error);
  if (refusal !== undefined) return new MigError('conflict', refusal, { cause: error });
  const problem = isWorkflowMissing(error)
    ? 'the action cannot be steered now: its workflow has just ended'
    : `the action has not been steered yet: ${TEMPORAL_IS_SLOW}`;
  return new MigError('unavailable', problem, { cause: error });
}

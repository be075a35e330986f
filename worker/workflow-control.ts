import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { WorkflowControl } from '../activities/deps.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { isFinalAction } from '../contract/rules/accounting.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { actionById } from '../platform/postgres/queries/actions/actions.ts';
import {
  isWorkflowMissing,
  refusalOf,
  signalWorkflow,
  updateWorkflow,
} from '../platform/temporal/workflow-messages.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate, wakeSignal } from '../workflows/messages.ts';
import { startAction } from './starter.ts';

const UPDATES = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate };

/** How activities start, steer and wake workflows. */
export function createWorkflowControl(deps: { temporal: Client; pool: Pool }): WorkflowControl {
  return {
    startAction: (actionId) => startAction(deps, actionId),
    wake: (workflowId) => signalWorkflow(deps.temporal, { workflowId, signal: wakeSignal }),
    async steerAction(order) {
      try {
        await sendOrder(deps, order);
      } catch (error) {
        if (!isWorkflowMissing(error)) throw error;
        if (await hasEnded(deps.pool, order.actionId)) return;
        // Its workflow was not started yet, or Temporal has lost it: the order must not be lost with it.
        await startAction(deps, order.actionId);
        await sendOrder(deps, order);
      }
    },
  };
}

async function sendOrder(
  { temporal }: { temporal: Client },
  { actionId, verb }: { actionId: number; verb: keyof typeof UPDATES },
): Promise<void> {
  try {
    await updateWorkflow(temporal, {
      workflowId: actionWorkflowId(actionId),
      update: UPDATES[verb],
      updateId: randomUUID(),
    });
  } catch (error) {
    // It is so already.
    if (refusalOf(error) === undefined) throw error;
  }
}

async function hasEnded(pool: Pool, actionId: number): Promise<boolean> {
  const row = await actionById(pool, actionId);
  return row === undefined || isFinalAction(row.status);
}

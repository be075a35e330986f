import {
  type Client,
  isGrpcServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { type SignalDefinition, type UpdateDefinition, WorkflowNotFoundError } from '@temporalio/common';

const SIGNAL_TIMEOUT_MS = 5_000;
const UPDATE_TIMEOUT_MS = 10_000;

/** Signals a workflow. It is no error when the workflow has ended or was never started. */
export async function signalWorkflow(
  client: Client,
  { workflowId, signal }: { workflowId: string; signal: SignalDefinition },
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    await client.withDeadline(Date.now() + SIGNAL_TIMEOUT_MS, () => handle.signal(signal));
  } catch (error) {
    if (!isWorkflowMissing(error)) throw error;
  }
}

/** Asks a workflow to end. It is no error when it has ended or was never started. */
export async function cancelWorkflow(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    await client.withDeadline(Date.now() + SIGNAL_TIMEOUT_MS, () => handle.cancel());
  } catch (error) {
    if (!isWorkflowMissing(error)) throw error;
  }
}

interface SentUpdate<Result> {
  workflowId: string;
  update: UpdateDefinition<Result, []>;
  updateId: string;
  /** How many times its result is waited for; each is ten seconds. */
  waits?: number;
}

/** Sends an Update and returns its result. A repeated `updateId` returns the result of the first Update. */
export async function updateWorkflow<Result>(
  client: Client,
  { workflowId, update, updateId, waits = 1 }: SentUpdate<Result>,
): Promise<Result> {
  const handle = client.workflow.getHandle(workflowId);
  for (let wait = 1; ; wait++) {
    try {
      return await client.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () =>
        handle.executeUpdate(update, { updateId }),
      );
    } catch (error) {
      if (wait >= waits || !(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    }
  }
}

/** The workflow has ended, or was never started. */
export function isWorkflowMissing(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}

/** The server dropped the workflow task with the Update, as when a signal arrives while the workflow ends. */
export function wasTaskDropped(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isGrpcServiceError(error.cause) && /workflow task failure/.test(String(error.cause));
}

/** The reason for which the workflow refused an Update; undefined for every other failure. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  return error.cause?.message ?? error.message;
}

import type { Client } from '@temporalio/client';

/** A workflow run that somebody ended in Temporal's UI or tools. */
export interface EndedRun {
  workflowId: string;
  runId: string;
  how: 'terminated' | 'cancelled';
}

/** Runs of these workflows that were terminated or cancelled since then; our own programs end none in this way. */
export async function* runsEndedByHand(client: Client, sinceMs: number): AsyncGenerator<EndedRun> {
  const query = [
    `WorkflowType IN ('actionWorkflow', 'upgradeWorkflow')`,
    `ExecutionStatus IN ('Terminated', 'Canceled')`,
    `CloseTime > '${new Date(sinceMs).toISOString()}'`,
  ].join(' AND ');
  for await (const { workflowId, runId, status } of client.workflow.list({ query })) {
    yield { workflowId, runId, how: status.name === 'TERMINATED' ? 'terminated' : 'cancelled' };
  }
}

/** Who ended a run and why, as Temporal was told: both texts are the caller's own. */
export async function readEnding(
  client: Client,
  { workflowId, runId, how }: EndedRun,
): Promise<{ identity: string; reason: string }> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  for (const event of history?.events ?? []) {
    const terminated = event.workflowExecutionTerminatedEventAttributes;
    if (how === 'terminated' && terminated)
      return { identity: terminated.identity ?? '', reason: terminated.reason ?? '' };
    const requested = event.workflowExecutionCancelRequestedEventAttributes;
    if (how === 'cancelled' && requested)
      return { identity: requested.identity ?? '', reason: requested.cause ?? '' };
  }
  return { identity: '', reason: '' };
}

/** A cancelled run ends within a few events of the request. */
const LAST_EVENTS = 100;

import type { Client } from '@temporalio/client';

/** A workflow run that was ended by hand, in Temporal's UI or tools. */
export interface EndedRun {
  workflowId: string;
  runId: string;
  how: 'terminated' | 'cancelled';
}

/** Events read from the end of a history: a cancelled run ends within a few events of the request. */
const LAST_EVENTS = 100;

/** Runs that were terminated or cancelled since `sinceMs`. The platform itself ends no run in these ways. */
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

/** The identity and reason that Temporal has for the end of a run. Both texts are unverified. */
export async function readEnding(client: Client, { workflowId, runId, how }: EndedRun): Promise<Ending> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  for (const event of history?.events ?? []) {
    const terminated = event.workflowExecutionTerminatedEventAttributes;
    if (how === 'terminated' && terminated) return toEnding(terminated.identity, terminated.reason);
    const requested = event.workflowExecutionCancelRequestedEventAttributes;
    if (how === 'cancelled' && requested) return toEnding(requested.identity, requested.cause);
  }
  return toEnding(undefined, undefined);
}

interface Ending {
  identity: string;
  reason: string;
}

/** Protobuf leaves out empty texts. */
function toEnding(identity: string | null | undefined, reason: string | null | undefined): Ending {
  return { identity: identity ?? '', reason: reason ?? '' };
}

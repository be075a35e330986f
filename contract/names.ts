/** Names that programs share. Those of the relay are MIG's (spec/relay.md#topology) and must not change. */
export const EXCHANGE_TO_AGENTS = 'toagents';
export const EXCHANGE_TO_SCHEDULERS = 'toschedulers';
export const QUEUE_HEARTBEATS = 'mig.agt.heartbeats';
export const QUEUE_RESULTS = 'mig.agt.results';
/** Detects a new relay: if this queue is missing, the relay was rebuilt, and waiting commands are sent again. */
export const QUEUE_RELAY_MARKER = 'mig.agt.relaymarker';

export const TASK_QUEUE_INTERACTIVE = 'mig-interactive';
export const TASK_QUEUE_BULK = 'mig-bulk';

export const SEARCH_ATTRIBUTES = {
  MigActionId: 'Keyword',
  MigStatus: 'Keyword',
  MigInvestigator: 'KeywordList',
  MigModule: 'KeywordList',
} as const;

export function agentQueue(queueloc: string): string {
  return `mig.agt.${queueloc}`;
}

/** The queue of one process of an endpoint, for commands that no other process there may receive. */
export function processQueue(queueloc: string, pid: number): string {
  return `${agentQueue(queueloc)}.${pid}`;
}

export function actionWorkflowId(actionId: number): string {
  return `action-${actionId}`;
}

/** The id of the action that a workflow runs; undefined for a workflow of another kind. */
export function actionIdOfWorkflow(workflowId: string): number | undefined {
  const id = Number(/^action-([1-9]\d{0,15})$/.exec(workflowId)?.[1]);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** The schedule of a sweep. What it starts has its own id: this, a dash, and the planned time. */
export function sweepScheduleId(sweepId: number): string {
  return `sweep-${sweepId}`;
}

/** The workflow of a run. `plannedAt` is in RFC 3339, as Temporal appends it to the ids of what a schedule starts. */
export function sweepWorkflowId(sweepId: number, plannedAt: string): string {
  return `${sweepScheduleId(sweepId)}-${plannedAt}`;
}

/**
 * `<os>.<uid>` of MIG's agents, `<os>.<hostname>.<uid>` of ours. It cannot name another queue or a pattern, and is short
 * enough for AMQP's limit on the queue of the process with the longest id.
 */
const QUEUELOC = /^[a-z0-9]{1,15}\.[A-Za-z0-9._-]{1,220}$/;

export function isQueueloc(text: string): boolean {
  return QUEUELOC.test(text);
}

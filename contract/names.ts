/** Names that travel between programs. Those of the relay are MIG's (spec: relay topology) and must not change. */
export const EXCHANGE_TO_AGENTS = 'toagents';
export const EXCHANGE_TO_SCHEDULERS = 'toschedulers';
export const QUEUE_HEARTBEATS = 'mig.agt.heartbeats';
export const QUEUE_RESULTS = 'mig.agt.results';
/** Identifies one life of the relay: when it is missing, the relay was rebuilt and waiting commands go out again. */
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

/** A queue that only one process of an endpoint reads, for orders to it and not to another one beside it. */
export function processQueue(queueloc: string, pid: number): string {
  return `${agentQueue(queueloc)}.${pid}`;
}

export function actionWorkflowId(actionId: number): string {
  return `action-${actionId}`;
}

/** The action that a workflow carries; undefined when its id is not one of ours. */
export function actionOfWorkflow(workflowId: string): number | undefined {
  const id = Number(/^action-([1-9]\d{0,15})$/.exec(workflowId)?.[1]);
  return Number.isSafeInteger(id) ? id : undefined;
}

/**
 * `<os>.<uid>` of MIG's agents, `<os>.<hostname>.<uid>` of ours: never what could name another queue or a pattern, and so
 * short that the queue of a process with the longest number has a name that AMQP takes.
 */
const QUEUELOC = /^[a-z0-9]{1,15}\.[A-Za-z0-9._-]{1,220}$/;

export function isQueueloc(text: string): boolean {
  return QUEUELOC.test(text);
}

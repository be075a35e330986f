import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { actionWorkflowId, TASK_QUEUE_INTERACTIVE } from '../../contract/names.ts';

const KEYS = {
  actionId: defineSearchAttributeKey('MigActionId', 'KEYWORD'),
  status: defineSearchAttributeKey('MigStatus', 'KEYWORD'),
  investigator: defineSearchAttributeKey('MigInvestigator', 'KEYWORD_LIST'),
  module: defineSearchAttributeKey('MigModule', 'KEYWORD_LIST'),
};

/** What operators see and search by in Temporal's UI; no secrets, no results. */
export interface ActionCard {
  id: number;
  name: string;
  status: string;
  fingerprints: string[];
  modules: string[];
}

const START_TIMEOUT_MS = 5_000;

/** Starts the workflow of an action; harmless when it runs already, so whoever finds it missing may call it. */
export async function startActionWorkflow(client: Client, card: ActionCard): Promise<void> {
  await client.withDeadline(Date.now() + START_TIMEOUT_MS, () =>
    client.workflow.start(card.modules.includes('upgrade') ? 'upgradeWorkflow' : 'actionWorkflow', {
      workflowId: actionWorkflowId(card.id),
      taskQueue: TASK_QUEUE_INTERACTIVE,
      args: [{ actionId: card.id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: card.name.slice(0, 200),
      staticDetails: `signed by ${card.fingerprints.join(', ')}\n\nmodules: ${card.modules.join(', ')}`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: KEYS.actionId, value: String(card.id) },
        { key: KEYS.status, value: card.status },
        { key: KEYS.investigator, value: card.fingerprints },
        { key: KEYS.module, value: card.modules },
      ]),
    }),
  );
}

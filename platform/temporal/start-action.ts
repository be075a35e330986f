import { type Client, isGrpcServiceError } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { moduleNames } from '../../contract/action.ts';
import { actionWorkflowId, TASK_QUEUE_INTERACTIVE } from '../../contract/names.ts';

const KEYS = {
  actionId: defineSearchAttributeKey('MigActionId', 'KEYWORD'),
  status: defineSearchAttributeKey('MigStatus', 'KEYWORD'),
  investigator: defineSearchAttributeKey('MigInvestigator', 'KEYWORD_LIST'),
  module: defineSearchAttributeKey('MigModule', 'KEYWORD_LIST'),
};

/** An action as operators read and search it in Temporal's UI, without secrets and results. */
export interface ActionCard {
  id: number;
  name: string;
  status: string;
  fingerprints: string[];
  modules: string[];
}

/** The card of a stored action; `operations` is its JSON text. */
export function actionCard(
  { id, name, status, operations }: { id: number; name: string; status: string; operations: string },
  fingerprints: string[],
): ActionCard {
  return {
    id,
    name,
    status,
    fingerprints,
    modules: moduleNames({ operations: JSON.parse(operations) }),
  };
}

const START_TIMEOUT_MS = 5_000;
/** Below Temporal's limits: 2,048 bytes for a search attribute, 400 for a summary, 20,000 for the details. */
const MAX_ATTRIBUTE_BYTES = 1_800;
const MAX_SUMMARY_BYTES = 300;
/** gRPC's status code. */
const INVALID_ARGUMENT = 3;

/**
 * Starts the workflow of an action; harmless when it runs already. The card is shortened to Temporal's limits, and
 * left out when Temporal refuses it all the same: the action runs in any case.
 */
export async function startActionWorkflow(client: Client, card: ActionCard): Promise<void> {
  const shortened = {
    ...card,
    name: truncate(card.name, MAX_SUMMARY_BYTES),
    fingerprints: firstFitting(card.fingerprints, MAX_ATTRIBUTE_BYTES),
    modules: firstFitting(card.modules, MAX_ATTRIBUTE_BYTES),
  };
  const type = card.modules.includes('upgrade') ? 'upgradeWorkflow' : 'actionWorkflow';
  try {
    await start(client, type, shortened);
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== INVALID_ARGUMENT) throw error;
    await start(client, type, { ...card, name: '', fingerprints: [], modules: [] });
  }
}

async function start(client: Client, type: string, card: ActionCard): Promise<void> {
  await client.withDeadline(Date.now() + START_TIMEOUT_MS, () =>
    client.workflow.start(type, {
      workflowId: actionWorkflowId(card.id),
      taskQueue: TASK_QUEUE_INTERACTIVE,
      args: [{ actionId: card.id }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: card.name,
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

/** The first values that fit into `maxBytes` as a JSON list. */
function firstFitting(values: readonly string[], maxBytes: number): string[] {
  let bytes = 2;
  const end = values.findIndex((value) => {
    bytes += jsonBytes(value) + 1;
    return bytes > maxBytes;
  });
  return end === -1 ? [...values] : values.slice(0, end);
}

/** The first characters that fit into `maxBytes` as a JSON string. */
function truncate(text: string, maxBytes: number): string {
  let truncated = '';
  let bytes = 2;
  for (const character of text) {
    bytes += jsonBytes(character) - 2;
    if (bytes > maxBytes) break;
    truncated += character;
  }
  return truncated;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

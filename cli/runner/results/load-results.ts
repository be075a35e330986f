import { readActionView } from '../../../contract/api-responses.ts';
import { isFinalAction } from '../../../contract/rules/accounting.ts';
import type { ApiClient } from '../../api/api-client.ts';
import type { ActionResults } from './collect.ts';

/** Reads an action and all its commands from the API, as MIG's clients do. */
export async function loadResults(
  api: Pick<ApiClient, 'get' | 'search'>,
  actionId: number,
): Promise<ActionResults> {
  const record = await api.get(`action?actionid=${actionId}`);
  return {
    record,
    isEnded: isFinalAction(readActionView(record).status),
    commands: () => api.search({ type: 'command', actionid: String(actionId) }),
  };
}

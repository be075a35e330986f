import { getAction } from '../../../contract/api/actions.ts';
import { isFinalAction } from '../../../contract/rules/accounting.ts';
import type { ApiClient } from '../../api/api-client.ts';
import type { ActionResults } from './collect.ts';

/** Reads an action and all its commands from the API, as MIG's clients do. */
export async function loadResults(
  api: Pick<ApiClient, 'call' | 'search'>,
  actionId: number,
): Promise<ActionResults> {
  const { action } = await api.call(getAction, { actionid: actionId });
  return {
    record: action,
    isEnded: isFinalAction(action.status),
    commands: () => api.search('command', { actionid: actionId }),
  };
}

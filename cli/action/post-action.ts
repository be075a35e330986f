import { createAction } from '../../contract/api/actions.ts';
import type { ActionView } from '../../contract/api-responses.ts';
import type { ApiClient } from '../api/api-client.ts';

/** Posts a signed action. The API launches it once, however often it is posted with the same key and text. */
export async function postAction(
  api: Pick<ApiClient, 'call'>,
  { text, key }: { text: string; key: string },
): Promise<ActionView> {
  return (await api.call(createAction, { action: text }, { idempotencyKey: key })).action;
}

import { createAction } from '../../contract/api/actions.ts';
import type { ActionView } from '../../contract/api-responses.ts';
import type { Brakes } from '../../contract/brakes.ts';
import type { ApiClient } from '../api/api-client.ts';

/**
 * Posts a signed action, with what holds it back. The API launches it once, however often it is posted with the same key and
 * text.
 */
export async function postAction(
  api: Pick<ApiClient, 'call'>,
  { text, key, brakes }: { text: string; key: string; brakes?: Brakes | undefined },
): Promise<ActionView> {
  return (await api.call(createAction, { action: text, brakes }, { idempotencyKey: key })).action;
}

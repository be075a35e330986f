import { type ActionView, readActionView } from '../../contract/api-responses.ts';
import type { ApiClient } from '../api/api-client.ts';

/** An action as the API returned it, and what of it is read here. */
export interface PostedAction {
  record: unknown;
  view: ActionView;
}

/** Posts a signed action. The API launches it once, however often it is posted with the same key and text. */
export async function postAction(
  api: Pick<ApiClient, 'post'>,
  { text, key }: { text: string; key: string },
): Promise<PostedAction> {
  const record = await api.post('action/create/', { action: text }, { 'Idempotency-Key': key });
  return { record, view: readActionView(record) };
}

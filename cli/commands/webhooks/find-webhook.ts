import { getWebhook, listWebhooks } from '../../../contract/api/webhooks.ts';
import { MigError } from '../../../contract/errors.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import type { WebhookView } from '../../../contract/webhooks/webhook.ts';
import type { ApiClient } from '../../api/api-client.ts';

/** The webhook with this id or name. */
export async function findWebhook(api: ApiClient, word: string): Promise<WebhookView> {
  if (/^\d+$/.test(word)) return (await api.call(getWebhook, { webhookid: Number(word) })).webhook;
  const { webhooks } = await api.call(listWebhooks, {});
  const found = webhooks.find(({ name }) => name === word);
  if (found !== undefined) return found;
  const names = webhooks.map(({ name }) => name);
  throw new MigError(
    'not_found',
    `no webhook has the name '${word}'${didYouMean(word, names)}; mig webhooks list has all`,
  );
}

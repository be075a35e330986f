import { listWebhooks } from '../../../contract/api/webhooks.ts';
import type { WebhookView } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';

/** `mig webhooks list`. */
export async function listWebhooksCommand(args: readonly string[]): Promise<number> {
  const { options } = parseCommandLine(args, {
    usage: USAGES['webhooks list'],
    allowed: ['json'],
    words: [0, 0],
  });
  const { api, output } = await openSession(options);
  const { webhooks } = await api.call(listWebhooks, {});
  for (const webhook of webhooks) {
    if (options.json) output.json(JSON.stringify(webhook));
    else output.answer(lineOf(webhook));
  }
  if (webhooks.length === 0) output.note('there is no webhook; mig webhooks create makes one');
  return EXIT.ok;
}

function lineOf({ id, name, enabled, failures, waiting, dead, url }: WebhookView): string {
  const failing = failures > 0 ? ', failing' : '';
  return `${id}  ${name}  ${enabled ? 'enabled' : 'disabled'}${failing}  ${waiting} waiting  ${dead} dead  ${url}`;
}

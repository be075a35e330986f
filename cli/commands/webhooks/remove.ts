import { removeWebhook } from '../../../contract/api/webhooks.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { findWebhook } from './find-webhook.ts';

/** `mig webhooks remove <webhook>`. */
export async function removeWebhookCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['webhooks remove'],
    allowed: ['y'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const { api, output } = session;
  const { id, name } = await findWebhook(api, words[0] ?? '');
  if (!(await confirm(`remove webhook ${id} (${name}) with its deliveries?`, session))) return EXIT.cancelled;
  await api.call(removeWebhook, { webhookid: id });
  output.answer(`webhook ${id} (${name}) is removed`);
  return EXIT.ok;
}

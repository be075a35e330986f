import { listWebhooks } from '../../../contract/api/webhooks.ts';
import type { WebhookView } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { LINE_FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createLineList } from '../../terminal/record-list.ts';

/** `mig webhooks list`. */
export async function listWebhooksCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['webhooks list'],
    flags: LINE_FORMAT_FLAGS,
    allowed: ['json'],
    words: [0, 0],
  });
  const format = readFormat(given);
  const { api, output } = await openSession(given.options);
  const { webhooks } = await api.call(listWebhooks, {});
  const list = createLineList<WebhookView>({ output, format, linesOf: (webhook) => [lineOf(webhook)] });
  for (const webhook of webhooks) await list.add(webhook);
  list.end();
  if (webhooks.length === 0) output.note('there is no webhook; mig webhooks create makes one');
  return EXIT.ok;
}

function lineOf({ id, name, enabled, failures, waiting, dead, url }: WebhookView): string {
  const failing = failures > 0 ? ', failing' : '';
  return `${id}  ${name}  ${enabled ? 'enabled' : 'disabled'}${failing}  ${waiting} waiting  ${dead} dead  ${url}`;
}

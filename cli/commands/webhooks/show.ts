import type { WebhookView } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { findWebhook } from './find-webhook.ts';

/** `mig webhooks show <webhook>`. */
export async function showWebhookCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['webhooks show'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const webhook = await findWebhook(api, words[0] ?? '');
  if (options.json) output.json(JSON.stringify(webhook));
  else for (const line of linesOf(webhook)) output.answer(line);
  return EXIT.ok;
}

function linesOf(webhook: WebhookView): string[] {
  const { id, name, url, types, enabled, disabledreason, failures, failingsince, waiting, dead } = webhook;
  const why = disabledreason === null ? '' : `: ${disabledreason}`;
  return [
    `webhook ${id}: ${name}`,
    `  address  ${url}`,
    `  types    ${types.length === 0 ? 'all' : types.join(', ')}`,
    `  status   ${enabled ? 'enabled' : `disabled${why}`}`,
    `  waiting  ${waiting}`,
    `  dead     ${dead}`,
    ...(failingsince === null ? [] : [`  failing  ${failures} times in a row, since ${failingsince}`]),
  ];
}

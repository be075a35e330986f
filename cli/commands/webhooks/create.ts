import { createWebhook } from '../../../contract/api/webhooks.ts';
import { MigError } from '../../../contract/errors.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { webhookUrlProblem } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import { openSession } from '../../session.ts';
import { printSecret } from './print-secret.ts';

/** `mig webhooks create <name> -url <address>`: creates a webhook and prints its secret. */
export async function createWebhookCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['webhooks create'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { url: 'string', types: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const name = checkedRecordName('webhook', words[0]);
  const url = value('url');
  if (url === undefined) throw new MigError('usage', `-url is missing; ${usage}`);
  const problem = webhookUrlProblem(url);
  if (problem !== undefined) throw new MigError('usage', `-url ${problem}`);
  const session = await openSession(options);
  const types = (value('types') ?? '').split(',').filter((type) => type !== '');
  const { webhook } = await session.api.call(createWebhook, { name, url, types });
  printSecret(session, webhook);
  session.output.note(`mig webhooks test ${shellWord(name)} tries it`);
  return EXIT.ok;
}

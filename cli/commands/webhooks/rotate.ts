import { rotateWebhookSecret } from '../../../contract/api/webhooks.ts';
import { SECRET_KEEP_HOURS } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { findWebhook } from './find-webhook.ts';
import { printSecret } from './print-secret.ts';

/** `mig webhooks rotate <webhook>`: replaces the secret and prints the new one. */
export async function rotateSecretCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['webhooks rotate'],
    allowed: ['json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const { id } = await findWebhook(session.api, words[0] ?? '');
  const { webhook } = await session.api.call(rotateWebhookSecret, { webhookid: id });
  printSecret(session, webhook);
  session.output.note(`for ${SECRET_KEEP_HOURS} hours the old secret signs as well`);
  return EXIT.ok;
}

import { listDeliveries, testWebhook } from '../../../contract/api/webhooks.ts';
import { MigError } from '../../../contract/errors.ts';
import { pollUntil } from '../../../platform/async/poll-until.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { deliveryLine } from './deliveries.ts';
import { findWebhook } from './find-webhook.ts';

const TIMEOUT_MS = 60_000;
const EVERY_MS = 500;

/** `mig webhooks test <webhook>`: posts an event, and prints the outcome of its first try. */
export async function testWebhookCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES['webhooks test'], words: [1, 1] });
  const { api, output } = await openSession(options);
  const { id } = await findWebhook(api, words[0] ?? '');
  const { test } = await api.call(testWebhook, { webhookid: id });
  const tried = await pollUntil(
    async () => {
      const { deliveries } = await api.call(listDeliveries, { webhookid: id });
      return deliveries.find(({ event, lastat }) => event === test.event && lastat !== null);
    },
    { everyMs: EVERY_MS, timeoutMs: TIMEOUT_MS },
  );
  if (tried === undefined) {
    throw new MigError(
      'unavailable',
      'no worker has tried it within a minute: does one run, of this version?',
    );
  }
  output.answer(deliveryLine(tried));
  return tried.state === 'delivered' ? EXIT.ok : EXIT.refused;
}

import { setWebhookStatus } from '../../../contract/api/webhooks.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { findWebhook } from './find-webhook.ts';

const STATUSES = { enable: 'enabled', disable: 'disabled' } as const;

/** `mig webhooks enable|disable <webhook>`. */
export async function webhookStatusCommand(
  verb: keyof typeof STATUSES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES[`webhooks ${verb}`], words: [1, 1] });
  const { api, output } = await openSession(options);
  const { id, name } = await findWebhook(api, words[0] ?? '');
  const status = STATUSES[verb];
  await api.call(setWebhookStatus, { webhookid: id, status });
  output.answer(`webhook ${id} (${name}) is ${status}`);
  return EXIT.ok;
}

import { replayDeliveriesSince, replayDelivery } from '../../../contract/api/webhooks.ts';
import { MigError } from '../../../contract/errors.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { MAX_REPLAYED } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { parseTimeFlag } from '../../time-flag.ts';
import { findWebhook } from './find-webhook.ts';

/** `mig webhooks replay <delivery id>`, or all that a webhook has not got since a time. */
export async function replayCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['webhooks replay'];
  const { options, words, value } = parseCommandLine(args, {
    usage,
    flags: { webhook: 'string', since: 'string' },
    words: [0, 1],
  });
  const [word] = words;
  const [webhook, sinceText] = [value('webhook'), value('since')];
  if (
    word === undefined
      ? webhook === undefined || sinceText === undefined
      : (webhook ?? sinceText) !== undefined
  ) {
    throw new MigError('usage', usage);
  }
  if (word !== undefined && !/^\d{1,15}$/.test(word)) {
    throw new MigError('usage', `'${word}' is no id of a delivery; ${usage}`);
  }
  const since =
    sinceText === undefined ? '' : parseTimeFlag('since', sinceText, { nowMs: Date.now(), isAhead: false });
  const { api, output } = await openSession(options);
  if (word !== undefined) {
    await api.call(replayDelivery, { deliveryid: Number(word) });
    output.answer(`delivery ${word} is due again`);
    return EXIT.ok;
  }
  const { id, name } = await findWebhook(api, webhook ?? '');
  const { replayed } = await api.call(replayDeliveriesSince, { webhookid: id, since });
  output.answer(`${countOf(replayed.count, 'delivery', 'deliveries')} of webhook ${id} (${name}) due again`);
  if (replayed.count === MAX_REPLAYED) output.note('there may be more: repeat the command');
  return EXIT.ok;
}

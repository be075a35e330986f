import { listDeliveries } from '../../../contract/api/webhooks.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { DELIVERY_STATES, type DeliveryView } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { parseLimit } from '../../search/parse-limit.ts';
import { openSession } from '../../session.ts';
import { findWebhook } from './find-webhook.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 500;

/** `mig webhooks deliveries <webhook>`: newest first. */
export async function listDeliveriesCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['webhooks deliveries'],
    flags: { state: 'string', limit: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const given = value('state');
  const state = given === undefined ? undefined : requireOneOf('-state', given, DELIVERY_STATES);
  const limit = parseLimit(value('limit') ?? String(DEFAULT_LIMIT));
  const { api, output } = await openSession(options);
  const { id } = await findWebhook(api, words[0] ?? '');
  let cursor: number | undefined;
  let left = limit;
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const page = { webhookid: id, state, cursor, limit: size };
    const { deliveries } = await api.call(listDeliveries, page);
    for (const delivery of deliveries) {
      if (options.json) output.json(JSON.stringify(delivery));
      else output.answer(deliveryLine(delivery));
    }
    if (deliveries.length < size) break;
    left -= size;
    cursor = deliveries.at(-1)?.id;
  }
  return EXIT.ok;
}

/** A delivery on one line. What the receiver said is cut by the API, and escaped here as everything is. */
export function deliveryLine(delivery: DeliveryView): string {
  const { id, event, type, state, attempts, status, error, createdat } = delivery;
  const outcome = error ?? (status === null ? 'not tried yet' : `status ${status}`);
  return `${id}  ${createdat}  ${type}  ${event}  ${state} after ${countOf(attempts, 'try', 'tries')}: ${outcome}`;
}

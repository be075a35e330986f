import { listDeliveries } from '../../../contract/api/webhooks.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { DELIVERY_STATES, type DeliveryView } from '../../../contract/webhooks/webhook.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { parseLimit } from '../../search/parse-limit.ts';
import { openSession } from '../../session.ts';
import { LINE_FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createLineList } from '../../terminal/record-list.ts';
import { findWebhook } from './find-webhook.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 500;

/** `mig webhooks deliveries <webhook>`: newest first. */
export async function listDeliveriesCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['webhooks deliveries'],
    flags: { ...LINE_FORMAT_FLAGS, state: 'string', limit: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const { words, value } = given;
  const word = value('state');
  const state = word === undefined ? undefined : requireOneOf('-state', word, DELIVERY_STATES);
  const limit = parseLimit(value('limit') ?? String(DEFAULT_LIMIT));
  const format = readFormat(given);
  const { api, output } = await openSession(given.options);
  const list = createLineList<DeliveryView>({ output, format, linesOf: (one) => [deliveryLine(one)] });
  const { id } = await findWebhook(api, words[0] ?? '');
  let cursor: number | undefined;
  let left = limit;
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const page = { webhookid: id, state, cursor, limit: size };
    const { deliveries } = await api.call(listDeliveries, page);
    for (const delivery of deliveries) await list.add(delivery);
    if (deliveries.length < size) break;
    left -= size;
    cursor = deliveries.at(-1)?.id;
  }
  list.end();
  return EXIT.ok;
}

/** A delivery on one line. What the receiver said is cut by the API, and escaped here as everything is. */
export function deliveryLine(delivery: DeliveryView): string {
  const { id, event, type, state, attempts, status, error, createdat } = delivery;
  const outcome = error ?? (status === null ? 'not tried yet' : `status ${status}`);
  return `${id}  ${createdat}  ${type}  ${event}  ${state} after ${countOf(attempts, 'try', 'tries')}: ${outcome}`;
}

import { eventUid } from '../../contract/events/event.ts';
import type { DeliveryView, WebhookView } from '../../contract/webhooks/webhook.ts';
import type { DeliveryRow } from '../../platform/postgres/queries/webhooks/deliveries.ts';
import type { WebhookRow } from '../../platform/postgres/queries/webhooks/webhooks.ts';

/** The secret is known only when it is made. */
export function toWebhook(row: WebhookRow, secret = ''): WebhookView {
  return { ...row, secret };
}

export function toDelivery({ eventid, ...row }: DeliveryRow): DeliveryView {
  return { ...row, event: eventUid({ id: eventid }) };
}

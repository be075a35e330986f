import type { OutboxEvent } from '../events/event.ts';

/** The body of a webhook: the text that is signed, the same for all tries. */
export function webhookBody({ kind, at, detail }: OutboxEvent): string {
  return JSON.stringify({ type: kind, timestamp: at, data: detail });
}

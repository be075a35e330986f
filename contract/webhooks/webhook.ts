import { z } from 'zod';

/** More receivers than this belong behind one of them. */
export const MAX_WEBHOOKS = 50;
export const MAX_URL = 2048;
/** Of one replay since a time: events of years may wait. */
export const MAX_REPLAYED = 10_000;
/** How long a secret that was replaced still signs. */
export const SECRET_KEEP_HOURS = 24;

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A webhook in a response. The secret is in the one that made it, and empty in all others. */
export const WebhookView = z.object({
  id: z.int(),
  name: z.string(),
  url: z.string(),
  types: z.array(z.string()).describe('the types of events that it gets; empty: all'),
  enabled: z.boolean(),
  disabledreason: z.string().nullable().describe('why the worker disabled it'),
  failures: z.int().describe('failed tries in a row'),
  failingsince: z.string().nullable(),
  createdat: z.string(),
  waiting: z.int().describe('deliveries that wait'),
  dead: z.int().describe('deliveries that were given up'),
  secret: z.string(),
});
export type WebhookView = z.infer<typeof WebhookView>;

/** One event on its way to one webhook. */
export const DeliveryView = z.object({
  id: z.int(),
  webhookid: z.int(),
  event: z.string().describe('the webhook-id of all its tries'),
  type: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  createdat: z.string(),
  dueat: z.string().describe('of the next try'),
  lastat: z.string().nullable(),
  status: z.int().nullable().describe('the HTTP status of the last answer'),
  error: z.string().nullable(),
  response: z.string().nullable().describe('the beginning of the last answer to a try that failed'),
  endedat: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof DeliveryView>;

const LOWEST_FREE_PORT = 1024;
const HTTPS_PORT = 443;

/**
 * Why an address of a webhook cannot be used; undefined when it can. Whether it leads into the private network is for the
 * worker to see, at each try.
 */
export function webhookUrlProblem(text: string): string | undefined {
  if (text.length > MAX_URL) return `has more than ${MAX_URL} characters`;
  if (!URL.canParse(text)) return 'is no address: it looks like https://hooks.example.net/mig';
  const { protocol, username, password, hash, port, hostname } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (username !== '' || password !== '') return 'must not have a user or password';
  if (hash !== '') return 'must not have a fragment';
  if (protocol === 'http:') {
    return isLoopbackName(hostname)
      ? undefined
      : 'must begin with https:// unless the receiver is on this machine';
  }
  const number = port === '' ? HTTPS_PORT : Number(port);
  return number === HTTPS_PORT || number >= LOWEST_FREE_PORT
    ? undefined
    : `must have the port ${HTTPS_PORT}, or one from ${LOWEST_FREE_PORT} on`;
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

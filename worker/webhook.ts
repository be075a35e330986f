import { createHmac } from 'node:crypto';
import { errorMessage, MigError } from '../contract/errors.ts';
import { abortAfter } from '../platform/async/abort-after.ts';
import { runEvery } from '../platform/async/run-every.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { type OutboxEvent, readEvents } from '../platform/postgres/queries/events.ts';

const EVERY_MS = 2_000;
const BATCH = 100;
const TIMEOUT_MS = 10_000;
/** Failures in a row double the pause, up to this many rounds. */
const MAX_SKIPPED = 150;

export interface WebhookOptions {
  url: string;
  /** Signs the body, so that the receiver knows the sender; undefined: no signature. */
  secret: string | undefined;
}

/**
 * Posts the events of the outbox to a URL, in order and at least once: `{"events": [...]}`, with the header
 * `X-MIG-Signature: sha256=<HMAC of the body>`. What the receiver does not take with a 2xx is sent again.
 */
export function startWebhook(deps: { pool: Pool; log: Logger }, options: WebhookOptions): AsyncDisposable {
  let failures = 0;
  let toSkip = 0;
  return runEvery({
    everyMs: EVERY_MS,
    run: async (signal) => {
      if (toSkip-- > 0) return;
      try {
        await sendAll(deps.pool, options, signal);
        failures = 0;
      } catch (error) {
        failures++;
        toSkip = Math.min(2 ** failures, MAX_SKIPPED);
        deps.log.warn({ error: errorMessage(error), failures }, 'webhook not delivered');
      }
    },
  });
}

async function sendAll(pool: Pool, options: WebhookOptions, signal: AbortSignal): Promise<void> {
  let sent = BATCH;
  while (sent === BATCH && !signal.aborted) {
    sent = await readEvents(pool, { reader: 'webhook', limit: BATCH }, (events) =>
      post(options, events, signal),
    );
  }
}

async function post(
  { url, secret }: WebhookOptions,
  events: readonly OutboxEvent[],
  signal: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ events });
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (secret !== undefined) {
    headers['X-MIG-Signature'] = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  }
  const limited = abortAfter(TIMEOUT_MS, [signal]);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error', // the secret's signature is for this receiver alone
      signal: limited.signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new MigError('unavailable', `the receiver answered ${response.status}`);
  } finally {
    limited.dispose();
  }
}

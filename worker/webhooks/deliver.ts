import type { Checkpoint } from '../../activities/deps.ts';
import { errorMessage } from '../../contract/errors.ts';
import { eventUid } from '../../contract/events/event.ts';
import type { Network } from '../../contract/go/ip-network.ts';
import { printable } from '../../contract/text/printable.ts';
import { webhookBody } from '../../contract/webhooks/payload.ts';
import { quietMsAfter, retryAfterMs } from '../../contract/webhooks/retry.ts';
import { webhookHeaders } from '../../contract/webhooks/signature.ts';
import type { Logger } from '../../platform/log.ts';
import { type PostAnswer, postOutside } from '../../platform/network/post-outside.ts';
import type { ResolveHost } from '../../platform/network/resolve-host.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import {
  type ClaimedDelivery,
  storeDelivered,
  storeFailedTry,
} from '../../platform/postgres/queries/webhooks/work.ts';

/** A receiver that has failed for so long gets nothing more until an administrator enables its webhook. */
const GIVE_UP_DAYS = 5;
const MAX_RESPONSE = 1_000;
const GONE = 410;

export interface WebhookSettings {
  /** Private networks that webhooks may lead to. */
  allowed: readonly Network[];
  /** PEM of an authority that signs receivers' certificates, besides those of Node. */
  ca: string | undefined;
  timeoutMs: number;
  /** The pauses between tries. */
  retryPausesMs: readonly number[];
}

export interface DeliverDeps {
  pool: Pool;
  log: Logger;
  settings: WebhookSettings;
  resolve: ResolveHost;
  checkpoint: (name: Checkpoint) => void;
  signal: AbortSignal;
}

/** Tries a delivery once, and stores how that went. A try that the end of this process cuts off is repeated after its lease. */
export async function deliver(deps: DeliverDeps, delivery: ClaimedDelivery): Promise<void> {
  const tried = await post(deps, delivery);
  deps.checkpoint('after webhook before mark');
  if (deps.signal.aborted && typeof tried === 'string') return;
  const { deliveryId, webhookId } = delivery;
  if (typeof tried !== 'string' && tried.status >= 200 && tried.status <= 299) {
    await storeDelivered(deps.pool, { deliveryId, webhookId, status: tried.status });
    return;
  }
  await storeFailure(deps, delivery, tried);
}

/** Returns the answer, or why there is none. */
async function post(
  { settings, resolve, signal }: DeliverDeps,
  delivery: ClaimedDelivery,
): Promise<PostAnswer | string> {
  const body = webhookBody(delivery);
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'MIG-Webhooks',
    ...webhookHeaders({ id: eventUid(delivery), timestamp, body }, delivery.secrets),
  };
  const { allowed, ca, timeoutMs } = settings;
  try {
    return await postOutside(
      { url: delivery.url, headers, body },
      { allowed, ca, timeoutMs, resolve, signal },
    );
  } catch (error) {
    return printable(errorMessage(error));
  }
}

async function storeFailure(
  { pool, log, settings }: DeliverDeps,
  { deliveryId, webhookId, attempts }: ClaimedDelivery,
  tried: PostAnswer | string,
): Promise<void> {
  const { status, retryAfter, body } =
    typeof tried === 'string' ? { status: undefined, retryAfter: undefined, body: undefined } : tried;
  const quietMs = quietMsAfter({ status, retryAfter }, Date.now());
  const isGone = status === GONE;
  const pausesMs = isGone ? [] : settings.retryPausesMs;
  const error = typeof tried === 'string' ? tried : `the receiver answered ${tried.status}`;
  const failed = {
    deliveryId,
    webhookId,
    attempts,
    status,
    error,
    response: body === undefined ? undefined : printable(body.toString()).slice(0, MAX_RESPONSE),
    retryMs: retryAfterMs({ attempts, quietMs, pausesMs, random: Math.random() }),
    quietMs,
    isGone,
  };
  const disabled = await storeFailedTry(pool, failed, GIVE_UP_DAYS);
  log.warn({ webhookId, deliveryId, attempts, status, reason: error }, 'webhook not delivered');
  if (disabled !== undefined) log.error({ webhookId, reason: disabled }, 'webhook disabled');
}

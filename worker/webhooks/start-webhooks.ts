import { setMaxListeners } from 'node:events';
import type { Checkpoint } from '../../activities/deps.ts';
import { errorMessage } from '../../contract/errors.ts';
import { createWakeUp, type WakeUp } from '../../platform/async/wake-up.ts';
import type { Logger } from '../../platform/log.ts';
import type { ResolveHost } from '../../platform/network/resolve-host.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { writeDueParts } from '../../platform/postgres/queries/event-parts.ts';
import { hasUnread } from '../../platform/postgres/queries/events.ts';
import {
  claimDeliveries,
  makeDeliveries,
  nextDueMs,
  WEBHOOK_READER,
} from '../../platform/postgres/queries/webhooks/work.ts';
import { type DeliverDeps, deliver, type WebhookSettings } from './deliver.ts';

/** Tries in flight for one webhook in one worker. There is no limit over all webhooks: one must not wait for another. */
const PLACES_OF_WEBHOOK = 4;
/** Answers of this long are one event. */
const PARTS_MS = 5_000;
/** The pause while an event waits for a transaction that began before it, and after an error. */
const SOON_MS = 250;
const RETRY_MS = 2_000;
/** Another worker may be about to claim what is due. */
const MIN_PAUSE_MS = 50;
/** Longest pause: a notification may be lost, and parts of events become due. */
const MAX_PAUSE_MS = 5_000;

interface WebhookDeps {
  pool: Pool;
  log: Logger;
  resolve: ResolveHost;
  checkpoint: (name: Checkpoint) => void;
}

interface Work extends DeliverDeps {
  wakeUp: WakeUp;
  /** Tries in flight by webhook. */
  busy: Map<number, number>;
  inFlight: Set<Promise<void>>;
}

export interface RunningWebhooks extends AsyncDisposable {
  /** There may be new events or deliveries. */
  wake: () => void;
}

/**
 * Writes the events of counted parts, makes deliveries of the outbox, and posts those that are due. Any number of workers do
 * this together.
 */
export function startWebhooks(deps: WebhookDeps, settings: WebhookSettings): RunningWebhooks {
  const stop = new AbortController();
  // Each try listens to it.
  setMaxListeners(0, stop.signal);
  const wakeUp = createWakeUp();
  const work: Work = {
    ...deps,
    settings,
    wakeUp,
    signal: stop.signal,
    busy: new Map(),
    inFlight: new Set(),
  };
  const working = workUntilStopped(work);
  return {
    wake: wakeUp.wake,
    async [Symbol.asyncDispose]() {
      stop.abort();
      wakeUp.wake();
      await working;
    },
  };
}

async function workUntilStopped(work: Work): Promise<void> {
  while (!work.signal.aborted) {
    const pauseMs = await workOnce(work).catch((error: unknown) => {
      work.log.warn({ error: errorMessage(error) }, 'webhooks not served');
      return RETRY_MS;
    });
    if (!work.signal.aborted) await work.wakeUp.wait(Math.min(pauseMs, MAX_PAUSE_MS));
  }
  await Promise.all(work.inFlight);
}

/** Returns the milliseconds until there is work again. */
async function workOnce(work: Work): Promise<number> {
  const { pool, settings, busy } = work;
  await writeDueParts(pool, PARTS_MS);
  const read = await makeDeliveries(pool);
  const claimed = await claimDeliveries(pool, {
    leaseMs: 3 * settings.timeoutMs,
    placesOfWebhook: PLACES_OF_WEBHOOK,
    busy,
  });
  for (const delivery of claimed) start(work, delivery);
  if (read > 0) return 0;
  if (await hasUnread(pool, WEBHOOK_READER)) return SOON_MS;
  // A webhook without a free place is looked at when one of its tries ends, which wakes this loop.
  const dueMs = await nextDueMs(
    pool,
    [...busy.keys()].filter((id) => isFull(busy, id)),
  );
  return Math.max(dueMs ?? MAX_PAUSE_MS, MIN_PAUSE_MS);
}

function isFull(busy: ReadonlyMap<number, number>, webhookId: number): boolean {
  return (busy.get(webhookId) ?? 0) >= PLACES_OF_WEBHOOK;
}

function start(work: Work, delivery: Parameters<typeof deliver>[1]): void {
  const { busy, inFlight, log, wakeUp } = work;
  const { webhookId, deliveryId } = delivery;
  busy.set(webhookId, (busy.get(webhookId) ?? 0) + 1);
  const trying = deliver(work, delivery)
    .catch((error: unknown) => {
      log.warn({ webhookId, deliveryId, error: errorMessage(error) }, 'delivery not stored');
    })
    .then(() => {
      inFlight.delete(trying);
      const others = (busy.get(webhookId) ?? 1) - 1;
      if (others === 0) busy.delete(webhookId);
      else busy.set(webhookId, others);
      wakeUp.wake();
    });
  inFlight.add(trying);
}

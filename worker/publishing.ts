import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../contract/errors.ts';
import { QUEUE_RELAY_MARKER } from '../contract/names.ts';
import { createRateLimiter, type RateLimiter } from '../platform/async/rate-limiter.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { clearPublished } from '../platform/postgres/queries/commands.ts';
import { openConfirmChannel } from '../platform/rabbitmq/channels.ts';
import { createPublisher, type Publisher, type Urgency } from '../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../platform/rabbitmq/session.ts';
import {
  declareTopology,
  hasQueue,
  requireClassicDefault,
  setMarker,
} from '../platform/rabbitmq/topology.ts';

/** How much of a sweep waits for the relay's word at the same time. The more, the less it costs the relay. */
export const BULK_AT_ONCE = 2_000;
/** After an action to few agents was sent, sweeps make way for so long: who asks one thing asks the next. */
const MAKE_WAY_MS = 2_000;
const WAIT_FOR_RELAY_MS = 10_000;

/**
 * The connection that commands go out on. A relay without our marker was rebuilt from nothing: what waited in it is
 * lost, so everything unanswered is published again.
 */
export function startPublishing(deps: {
  relay: RelayOptions;
  pool: Pool;
  log: Logger;
  /** Commands a second of all sweeps together while they make way. */
  sweepRateBesideOthers: number;
}): {
  session: Session;
  publisher: (urgency: Urgency) => Promise<Publisher>;
  /** For all sweeps together. */
  sweepLimiter: RateLimiter;
  /** Rejects when the relay is one that must not be used. */
  refusal: Promise<never>;
  /** True once after each time that the relay was found rebuilt. */
  takeRebuilt: () => boolean;
} {
  let current: Record<Urgency, Publisher> | undefined;
  let refuse: (error: unknown) => void = () => {};
  const refusal = new Promise<never>((_, reject) => {
    refuse = reject;
  });
  refusal.catch(() => {}); // whoever waits is told
  let isRebuilt = false;
  let lastInteractiveMs = Number.NEGATIVE_INFINITY;
  // Fewer of a sweep at the same time would not do: it would still keep every part busy, all the time.
  const sweepRate = () =>
    performance.now() - lastInteractiveMs < MAKE_WAY_MS
      ? deps.sweepRateBesideOthers
      : Number.POSITIVE_INFINITY;
  const session = startSession({
    relay: deps.relay,
    name: 'mig publisher',
    log: deps.log,
    setup: async (connection, self) => {
      await requireClassicDefault(connection, deps.relay.vhost).catch((error: unknown) => {
        if (error instanceof MigError && error.code === 'config_invalid') refuse(error);
        throw error;
      });
      const channel = await openConfirmChannel(connection, self);
      await declareTopology(channel);
      if (!(await hasQueue(connection, QUEUE_RELAY_MARKER))) {
        const count = await clearPublished(deps.pool);
        deps.log.warn({ commands: count }, 'relay has no marker: waiting commands go out again');
        await setMarker(channel);
        isRebuilt ||= count > 0;
      }
      current = {
        interactive: createPublisher(channel),
        bulk: createPublisher(await openConfirmChannel(connection, self), {
          maxInFlight: BULK_AT_ONCE,
        }),
      };
    },
    onLost: () => {
      current = undefined;
    },
  });
  return {
    session,
    refusal,
    sweepLimiter: createRateLimiter(sweepRate),
    takeRebuilt() {
      const was = isRebuilt;
      isRebuilt = false;
      return was;
    },
    publisher: async (urgency) => {
      if (urgency === 'interactive') lastInteractiveMs = performance.now();
      for (let waited = 0; waited < WAIT_FOR_RELAY_MS; waited += 100) {
        if (current) return current[urgency];
        await sleep(100);
      }
      throw new MigError('unavailable', 'no connection to the relay');
    },
  };
}

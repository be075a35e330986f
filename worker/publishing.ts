import { errorCode, MigError } from '../contract/errors.ts';
import { QUEUE_RELAY_MARKER, QUEUE_RESULTS } from '../contract/names.ts';
import { createDeferred } from '../platform/async/deferred.ts';
import { createRateLimiter, type RateLimiter } from '../platform/async/rate-limiter.ts';
import { withTimeout } from '../platform/async/with-timeout.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { clearPublished } from '../platform/postgres/queries/commands/commands.ts';
import { openConfirmChannel } from '../platform/rabbitmq/channels.ts';
import { createPublisher, type Publisher, type Urgency } from '../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../platform/rabbitmq/session.ts';
import {
  countMessages,
  declareTopology,
  hasQueue,
  requireClassicDefault,
  setMarker,
} from '../platform/rabbitmq/topology.ts';

/** Commands of sweeps in flight to the relay. The more, the less each costs the relay. */
export const BULK_AT_ONCE = 2_000;
const WAIT_FOR_RELAY_MS = 10_000;
const NO_CONNECTION = 'no connection to the relay';
const NO_COUNT = 'the relay did not count its messages: memory or disk alarm';

interface PublishingOptions {
  relay: RelayOptions;
  pool: Pool;
  log: Logger;
  /** Commands per second of all sweeps together while they yield. */
  sweepRateBesideOthers: number;
  /** How long sweeps yield after a small action. */
  sweepYieldMs: number;
}

interface Publishing {
  session: Session;
  /** Waits up to 10 seconds for a connection to the relay. */
  publisher: (urgency: Urgency) => Promise<Publisher>;
  /** Answers on the relay that no collector has taken yet. */
  countWaitingAnswers: () => Promise<number>;
  /** Of all sweeps together. */
  sweepLimiter: RateLimiter;
  /** Rejects when the relay must not be used. */
  refusal: Promise<never>;
  /** True once after each time that the relay was found rebuilt. */
  consumeRebuilt: () => boolean;
}

interface Present extends Record<Urgency, Publisher> {
  countWaitingAnswers: () => Promise<number>;
}

/** Keeps one connection for publishing. When the relay was rebuilt, all unanswered commands are published again. */
export function startPublishing(options: PublishingOptions): Publishing {
  const refusal = createDeferred<never>();
  refusal.promise.catch(() => {}); // handled by the caller, perhaps later
  let present: Present | undefined;
  let connected = createDeferred();
  let isRebuilt = false;
  let lastInteractiveMs = Number.NEGATIVE_INFINITY;

  const session = startSession({
    relay: options.relay,
    name: 'mig publisher',
    log: options.log,
    setup: async (connection, self) => {
      await requireClassicDefault(connection, options.relay.vhost).catch((error: unknown) => {
        if (errorCode(error) === 'config_invalid') refusal.reject(error);
        throw error;
      });
      const openChannel = () => openConfirmChannel(connection, self);
      const interactive = await openChannel();
      await declareTopology(interactive);
      if (!(await hasQueue(connection, QUEUE_RELAY_MARKER))) {
        const count = await clearPublished(options.pool);
        options.log.warn({ commands: count }, 'the relay was rebuilt: waiting commands go out again');
        await setMarker(interactive);
        isRebuilt ||= count > 0;
      }
      const bulk = await openChannel();
      present = {
        interactive: createPublisher(interactive),
        bulk: createPublisher(bulk, { maxInFlight: BULK_AT_ONCE }),
        countWaitingAnswers: () =>
          withTimeout(WAIT_FOR_RELAY_MS, countMessages(bulk, QUEUE_RESULTS), NO_COUNT),
      };
      connected.resolve();
    },
    onLost: () => {
      if (present) connected = createDeferred();
      present = undefined;
    },
  });

  const connection = async (): Promise<Present> => {
    if (!present) await withTimeout(WAIT_FOR_RELAY_MS, connected.promise, NO_CONNECTION);
    if (!present) throw new MigError('unavailable', NO_CONNECTION); // lost again at once
    return present;
  };

  return {
    session,
    refusal: refusal.promise,
    // Limits the rate, not the number in flight: even a few in flight would keep every part of the platform busy.
    sweepLimiter: createRateLimiter(() => {
      const isYielding = performance.now() - lastInteractiveMs < options.sweepYieldMs;
      return isYielding ? options.sweepRateBesideOthers : Number.POSITIVE_INFINITY;
    }),
    consumeRebuilt() {
      const was = isRebuilt;
      isRebuilt = false;
      return was;
    },
    async publisher(urgency) {
      if (urgency === 'interactive') lastInteractiveMs = performance.now();
      return (await connection())[urgency];
    },
    countWaitingAnswers: async () => (await connection()).countWaitingAnswers(),
  };
}

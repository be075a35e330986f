import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../contract/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { clearPublished } from '../platform/postgres/queries/commands.ts';
import { createPublisher, type Publisher, type Urgency } from '../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../platform/rabbitmq/session.ts';
import { declareTopology, hasMarker, setMarker } from '../platform/rabbitmq/topology.ts';

/**
 * Enough to keep the relay busy; with more it has so many queues to run at once that a command of another action waits
 * its turn behind all of them, at every step.
 */
const BULK_AT_ONCE = 100;
const WAIT_FOR_RELAY_MS = 10_000;

/**
 * The connection that commands go out on. A relay without our marker was rebuilt from nothing: what waited in it is
 * lost, so everything unanswered is published again.
 */
export function startPublishing(deps: { relay: RelayOptions; pool: Pool; log: Logger }): {
  session: Session;
  publisher: (urgency: Urgency) => Promise<Publisher>;
  /** True once after each time that the relay was found rebuilt. */
  takeRebuilt: () => boolean;
} {
  let current: Record<Urgency, Publisher> | undefined;
  let isRebuilt = false;
  const session = startSession({
    relay: deps.relay,
    name: 'mig publisher',
    log: deps.log,
    setup: async (connection, self) => {
      const open = async () => {
        const channel = await connection.createConfirmChannel();
        channel.on('error', (error) => self.restart(error.message));
        return channel;
      };
      const channel = await open();
      await declareTopology(channel);
      if (!(await hasMarker(connection))) {
        const count = await clearPublished(deps.pool);
        deps.log.warn({ commands: count }, 'relay has no marker: waiting commands go out again');
        await setMarker(channel);
        isRebuilt ||= count > 0;
      }
      current = {
        interactive: createPublisher(channel),
        bulk: createPublisher(await open(), { atOnce: BULK_AT_ONCE }),
      };
    },
    onLost: () => {
      current = undefined;
    },
  });
  return {
    session,
    takeRebuilt() {
      const was = isRebuilt;
      isRebuilt = false;
      return was;
    },
    publisher: async (urgency) => {
      for (let waited = 0; waited < WAIT_FOR_RELAY_MS; waited += 100) {
        if (current) return current[urgency];
        await sleep(100);
      }
      throw new MigError('unavailable', 'no connection to the relay');
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../contract/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { clearPublished } from '../platform/postgres/queries/commands.ts';
import { createPublisher, type Publisher } from '../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../platform/rabbitmq/session.ts';
import { declareTopology, hasMarker, setMarker } from '../platform/rabbitmq/topology.ts';

const WAIT_FOR_RELAY_MS = 10_000;

/**
 * The connection that commands go out on. A relay without our marker was rebuilt from nothing: what waited in it is
 * lost, so everything unanswered is published again.
 */
export function startPublishing(deps: { relay: RelayOptions; pool: Pool; log: Logger }): {
  session: Session;
  publisher: () => Promise<Publisher>;
  /** True once after each time that the relay was found rebuilt. */
  takeRebuilt: () => boolean;
} {
  let current: Publisher | undefined;
  let isRebuilt = false;
  const session = startSession({
    relay: deps.relay,
    name: 'mig publisher',
    log: deps.log,
    setup: async (connection, self) => {
      const channel = await connection.createConfirmChannel();
      channel.on('error', (error) => self.restart(error.message));
      await declareTopology(channel);
      if (!(await hasMarker(connection))) {
        const count = await clearPublished(deps.pool);
        deps.log.warn({ commands: count }, 'relay has no marker: waiting commands go out again');
        await setMarker(channel);
        isRebuilt ||= count > 0;
      }
      current = createPublisher(channel);
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
    publisher: async () => {
      for (let waited = 0; waited < WAIT_FOR_RELAY_MS; waited += 100) {
        if (current) return current;
        await sleep(100);
      }
      throw new MigError('unavailable', 'no connection to the relay');
    },
  };
}

import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { HttpProxy } from '../../platform/network/proxies.ts';
import { openConfirmChannel } from '../../platform/rabbitmq/channels.ts';
import type { RelayConnection } from '../../platform/rabbitmq/connection.ts';
import { createPublisher, type Publisher } from '../../platform/rabbitmq/publish.ts';
import { type RelayOptions, type Session, startSession } from '../../platform/rabbitmq/session.ts';
import type { HandlerDeps } from '../command/deps.ts';
import type { CommandConsumers } from './consume-commands.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { OwnFacts } from './own-facts.ts';

/** Spreads the reconnections of ten thousand agents that lose their relay together over more than half a minute. */
const BACKOFF = { firstMs: 4_000, maxMs: 60_000 };
const HEARTBEAT_SECONDS = 60;

interface ConnectOptions {
  relay: RelayOptions;
  proxies: readonly HttpProxy[];
  /** The name of the host. */
  name: string;
  /** False for a waiting successor: the endpoint's commands belong to the old agent. */
  consumesEndpointQueue: boolean;
  consumers: CommandConsumers;
  deps: Pick<HandlerDeps, 'journal' | 'deliver'>;
  heartbeats: Heartbeats;
  own: OwnFacts;
  /** Called with the publisher of each new connection, and with undefined when the connection is lost. */
  onPublisher: (publisher: Publisher | undefined) => void;
  log: Logger;
}

/** Connects the agent to its relay, and reconnects until closed. */
export function connectAgent(options: ConnectOptions): Session {
  const { relay, proxies, name, log, onPublisher } = options;
  return startSession({
    relay: { ...relay, heartbeatSeconds: HEARTBEAT_SECONDS },
    name: `mig agent ${name}`,
    log,
    backoff: BACKOFF,
    proxies,
    setup: (connection, session) => setUp(options, { connection, session }),
    onLost: () => onPublisher(undefined),
  });
}

interface Connected {
  connection: RelayConnection;
  session: Session;
}

async function setUp(options: ConnectOptions, connected: Connected): Promise<void> {
  const { deps, heartbeats, own, onPublisher } = options;
  const { connection, session } = connected;
  const channel = await openConfirmChannel(connection, session);
  onPublisher(createPublisher(channel));
  own.updateProxy(session.proxy());
  await consumeQueues(options, connected);
  for (const commandId of deps.journal.unconfirmed()) deps.deliver(commandId);
  heartbeats.send();
}

/** Does not wait for the queue of this process: a broken connection may keep it locked for a while. */
async function consumeQueues(
  { consumers, consumesEndpointQueue }: ConnectOptions,
  connected: Connected,
): Promise<void> {
  const consumingOwn = consumers.consumeProcessQueue(connected);
  consumingOwn.catch((error: unknown) => connected.session.restart(errorMessage(error)));
  if (consumesEndpointQueue) await consumers.consumeEndpointQueue(connected);
  // The platform may answer the heartbeat of a waiting successor at once with a command to this process.
  else await consumingOwn;
}

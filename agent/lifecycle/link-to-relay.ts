import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { RelayOptions, Session } from '../../platform/rabbitmq/session.ts';
import type { HandlerDeps } from '../command/deps.ts';
import { ClockCheck } from '../relay/clock-check.ts';
import { connectAgent } from '../relay/connect.ts';
import { createCommandConsumers } from '../relay/consume-commands.ts';
import { createDelivery } from '../relay/delivery.ts';
import { createHeartbeatFile } from '../relay/heartbeat-file.ts';
import { createHeartbeats, type Heartbeats } from '../relay/heartbeats.ts';
import type { OfflineAgent, StartOptions } from './offline-agent.ts';

/** The parts of an agent that communicate with the relay. */
export interface RelayLink {
  session: Session;
  deps: HandlerDeps;
  heartbeats: Heartbeats;
  writeHeartbeatFile: (nowMs: number) => void;
  isConnected: () => boolean;
}

/** Starts a session with the relay, in which the agent consumes commands and sends answers and heartbeats. */
export function linkToRelay(
  relay: RelayOptions,
  { options, offline }: { options: StartOptions; offline: OfflineAgent },
): RelayLink {
  const { config, role, log } = options;
  const { name, handler, notices, own } = offline;
  const { facts } = own;
  let currentPublisher: Publisher | undefined;
  const publisher = () => currentPublisher;
  const deps: HandlerDeps = { ...handler.deps, deliver: createDelivery(handler.deps, publisher) };
  const clock = new ClockCheck({
    notices,
    monotonic: () => performance.now(),
    onChange: () => {
      if (own.updateNotices()) heartbeats.send();
    },
  });
  const writeHeartbeatFile = createHeartbeatFile({ ...config, facts, log });
  const heartbeats = createHeartbeats({
    ...config,
    facts,
    clock,
    publisher,
    writeFile: writeHeartbeatFile,
    log,
  });
  const session = connectAgent({
    relay,
    proxies: config.proxies,
    name,
    consumesEndpointQueue: role !== 'waiting',
    consumers: createCommandConsumers({ deps, clock }),
    deps,
    heartbeats,
    own,
    onPublisher: (next) => {
      currentPublisher = next;
    },
    log,
  });
  return {
    session,
    deps,
    heartbeats,
    writeHeartbeatFile,
    isConnected: () => currentPublisher !== undefined,
  };
}

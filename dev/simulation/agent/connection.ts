import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelModel } from 'amqplib';
import { createPublisher } from '../../../platform/rabbitmq/publish.ts';
import { type Session, startSession } from '../../../platform/rabbitmq/session.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { split } from '../split.ts';
import { answerMessage, type SharedConnection, sendHeartbeat } from './answer-messages.ts';
import { createConnectionCancels } from './cancels.ts';
import { consumeQueuesOf, declareQueueOf } from './consume-queues.ts';
import type { AgentIdentity } from './identity.ts';

const HEARTBEATS_AT_ONCE = 100;
/** Declaring the queues of thousands of agents takes minutes. */
const SETUP_TIMEOUT_MS = 600_000;

export interface AgentConnection extends AsyncDisposable {
  ready: Promise<unknown>;
  heartbeat(overMs: number): Promise<void>;
  /** Connects the offline agents, now or with the next connection to the relay. */
  comeBack(): Promise<void>;
}

/** Opens one connection to the relay and runs the agents on it. */
export function openAgentConnection(
  identities: readonly AgentIdentity[],
  options: SimulationOptions,
  deps: SharedConnection['deps'],
): AgentConnection {
  const shared: SharedConnection = {
    options,
    deps,
    cancels: createConnectionCancels(),
    publisher: undefined,
    model: undefined,
    isClosed: false,
  };
  let isBack = false;
  const isOnline = ({ behaviour }: AgentIdentity) => isBack || behaviour !== 'offline';

  const session = startSession({
    relay: options.relay,
    log: options.log,
    name: 'simulated agents',
    setupTimeoutMs: SETUP_TIMEOUT_MS,
    setup: async (model, self) => {
      await openPublisher(shared, model, self);
      const online = identities.filter(isOnline);
      const offline = identities.filter((agent) => !isOnline(agent));
      await consume(shared, online, { model, session: self });
      for (const agent of offline) await declareQueueOf(agent, model);
    },
    onLost: () => {
      shared.publisher = undefined;
    },
  });

  return {
    ready: session.ready,
    heartbeat: (overMs) =>
      spread(identities, overMs, (agent) => sendHeartbeat(shared, agent, agent.processes)),
    async comeBack() {
      isBack = true;
      const { model } = shared;
      if (!model) return;
      const offline = identities.filter(({ behaviour }) => behaviour === 'offline');
      await consume(shared, offline, { model, session }).catch((error: Error) =>
        session.restart(error.message),
      );
    },
    async [Symbol.asyncDispose]() {
      shared.isClosed = true;
      await session[Symbol.asyncDispose]();
    },
  };
}

async function openPublisher(shared: SharedConnection, model: ChannelModel, session: Session): Promise<void> {
  const channel = await model.createConfirmChannel();
  channel.on('error', (error) => session.restart(error.message));
  shared.publisher = createPublisher(channel);
  shared.model = model;
  await shared.cancels.consume(model, session.restart);
}

async function consume(
  shared: SharedConnection,
  agents: readonly AgentIdentity[],
  { model, session }: { model: ChannelModel; session: Session },
): Promise<void> {
  await consumeQueuesOf(agents, {
    connection: model,
    restart: session.restart,
    cancels: shared.cancels,
    onMessage: (agent, channel, message) => void answerMessage(shared, agent, { channel, message }),
  });
}

/** Sends something for every agent, a hundred at the same time, spread evenly over `overMs`. */
async function spread(
  agents: readonly AgentIdentity[],
  overMs: number,
  send: (agent: AgentIdentity) => Promise<unknown>,
): Promise<void> {
  const parts = split(agents, agents.length / HEARTBEATS_AT_ONCE);
  const startedAt = performance.now();
  for (const [n, part] of parts.entries()) {
    await Promise.all(part.map(send));
    const nextAt = startedAt + ((n + 1) * overMs) / parts.length;
    await sleep(Math.max(0, nextAt - performance.now()));
  }
}

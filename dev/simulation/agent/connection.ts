import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { parseCommand } from '../../../contract/command.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../../contract/names.ts';
import type { Semaphore } from '../../../platform/async/semaphore.ts';
import { createPublisher, type Publisher } from '../../../platform/rabbitmq/publish.ts';
import { startSession } from '../../../platform/rabbitmq/session.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { split } from '../split.ts';
import { type AnswerDeps, answersOf } from './answer.ts';
import { createConnectionCancels, isCommand } from './cancels.ts';
import { consumeQueuesOf, declareQueueOf } from './consume-queues.ts';
import { heartbeatOf } from './heartbeat.ts';
import type { AgentIdentity } from './identity.ts';
import { startSuccessor } from './upgrade.ts';

const HEARTBEATS_AT_ONCE = 100;
const RETRY_MS = 1_000;
/** Declaring the queues of thousands of agents takes minutes. */
const SETUP_TIMEOUT_MS = 600_000;

export interface AgentConnection extends AsyncDisposable {
  ready: Promise<unknown>;
  heartbeat(overMs: number): Promise<void>;
  /** Connects the offline agents, now or with the next connection to the relay. */
  comeBack(): Promise<void>;
}

type ConnectionDeps = AnswerDeps & { inFlight: Semaphore; running: Semaphore };

/** Opens one connection to the relay and runs the agents on it. */
export function openAgentConnection(
  identities: readonly AgentIdentity[],
  options: SimulationOptions,
  deps: ConnectionDeps,
): AgentConnection {
  let publisher: Publisher | undefined;
  let connection: ChannelModel | undefined;
  let isBack = false;
  let isClosed = false;
  const cancels = createConnectionCancels();

  const sendHeartbeat = async (agent: AgentIdentity, as: { pid: number; version: string }) =>
    publisher?.publish(heartbeatOf(agent, as, options.capabilities));

  /** Sends an answer until the relay has confirmed it, as an agent does with answers on its disk. */
  const sendAnswer = async (body: string | Buffer): Promise<void> => {
    while (!isClosed) {
      try {
        const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body };
        if ((await publisher?.publish(message)) === 'confirmed') return;
      } catch {
        // the connection broke, or the relay is blocked
      }
      await sleep(RETRY_MS, undefined, { ref: false });
    }
  };

  const answer = async (agent: AgentIdentity, content: Buffer, started?: AbortSignal): Promise<void> => {
    if (isCommand(content)) {
      const command = parseCommand(content);
      const cancelled = cancels.finish(command, started);
      const answers = await answersOf(command, agent, { ...deps, cancelled });
      await Promise.all(answers.map(sendAnswer));
    } else await sendAnswer(content);
    void startSuccessor(agent, connection, {
      startMs: options.startMs ?? 0,
      onMessage: (channel, message) => void handle(agent, channel, message),
      announce: (successor) => sendHeartbeat(agent, successor),
    });
  };

  const handle = async (agent: AgentIdentity, channel: Channel, message: ConsumeMessage): Promise<void> => {
    const { content } = message;
    if (cancels.obey(content)) return acknowledge(channel, message);
    const delayMs = agent.behaviour === 'slow' ? (options.slowMs ?? 1000) : (options.delayMs ?? 0);
    const started = delayMs > 0 ? await cancels.pause(content, delayMs) : undefined;
    await deps.inFlight.withPermit(() => {
      acknowledge(channel, message);
      return deps.running.withPermit(() => answer(agent, content, started));
    });
  };

  const consumeAll = (
    agents: readonly AgentIdentity[],
    model: ChannelModel,
    restart: (why: string) => void,
  ) =>
    consumeQueuesOf(agents, {
      connection: model,
      restart,
      cancels,
      onMessage: (agent, channel, message) => void handle(agent, channel, message),
    });

  const session = startSession({
    relay: options.relay,
    log: options.log,
    name: 'simulated agents',
    setupTimeoutMs: SETUP_TIMEOUT_MS,
    setup: async (model, self) => {
      const channel = await model.createConfirmChannel();
      channel.on('error', (error) => self.restart(error.message));
      publisher = createPublisher(channel);
      connection = model;
      await cancels.consume(model, self.restart);
      const online = identities.filter(({ behaviour }) => isBack || behaviour !== 'offline');
      await consumeAll(online, model, self.restart);
      for (const agent of identities) if (!online.includes(agent)) await declareQueueOf(agent, model);
    },
    onLost: () => {
      publisher = undefined;
    },
  });

  return {
    ready: session.ready,
    heartbeat: (overMs) => spread(identities, overMs, (agent) => sendHeartbeat(agent, agent.processes)),
    async comeBack() {
      isBack = true;
      if (!connection) return;
      const offline = identities.filter(({ behaviour }) => behaviour === 'offline');
      await consumeAll(offline, connection, session.restart).catch((error: Error) =>
        session.restart(error.message),
      );
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await session[Symbol.asyncDispose]();
    },
  };
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

function acknowledge(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch {
    // the channel is closed: the relay delivers the message again
  }
}

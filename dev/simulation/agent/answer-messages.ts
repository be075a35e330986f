import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { parseCommand } from '../../../contract/command.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../../contract/names.ts';
import type { Semaphore } from '../../../platform/async/semaphore.ts';
import type { Publisher } from '../../../platform/rabbitmq/publish.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { type AnswerDeps, answersOf } from './answer.ts';
import { type ConnectionCancels, isCommand } from './cancels.ts';
import { heartbeatOf } from './heartbeat.ts';
import type { AgentIdentity } from './identity.ts';
import { startSuccessor } from './upgrade.ts';

const RETRY_MS = 1_000;

/** The connection to the relay that some of the agents share. */
export interface SharedConnection {
  options: SimulationOptions;
  deps: AnswerDeps & { inFlight: Semaphore; running: Semaphore };
  cancels: ConnectionCancels;
  /** undefined: the connection is broken. */
  publisher: Publisher | undefined;
  /** The latest connection, even if it is broken. */
  model: ChannelModel | undefined;
  isClosed: boolean;
}

/** Runs a command or a cancel that the relay delivered to an agent, and sends the answers. */
export async function answerMessage(
  shared: SharedConnection,
  agent: AgentIdentity,
  { channel, message }: { channel: Channel; message: ConsumeMessage },
): Promise<void> {
  const { options, deps, cancels } = shared;
  const { content } = message;
  if (cancels.handleCancel(content)) return acknowledge(channel, message);
  const delayMs = agent.behaviour === 'slow' ? (options.slowMs ?? 1000) : (options.delayMs ?? 0);
  const started = delayMs > 0 ? await cancels.pause(content, delayMs) : undefined;
  await deps.inFlight.withPermit(() => {
    acknowledge(channel, message);
    return deps.running.withPermit(async () => {
      await sendAnswers(shared, agent, { content, started });
      void startNewVersion(shared, agent);
    });
  });
}

/** Sends the heartbeat of one process of an agent, unless the connection is broken. */
export async function sendHeartbeat(
  { publisher, options }: SharedConnection,
  agent: AgentIdentity,
  process: { pid: number; version: string },
): Promise<void> {
  await publisher?.publish(heartbeatOf(agent, process, options));
}

async function sendAnswers(
  shared: SharedConnection,
  agent: AgentIdentity,
  { content, started }: { content: Buffer; started: AbortSignal | undefined },
): Promise<void> {
  if (!isCommand(content)) return sendAnswer(shared, content);
  const command = parseCommand(content);
  const cancelled = shared.cancels.finish(command, started);
  const answers = await answersOf(command, agent, { ...shared.deps, cancelled });
  await Promise.all(answers.map((answer) => sendAnswer(shared, answer)));
}

/** Repeats an answer until the relay has confirmed it, as an agent does with the answers on its disk. */
async function sendAnswer(shared: SharedConnection, body: string | Buffer): Promise<void> {
  const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body };
  while (!shared.isClosed) {
    try {
      if ((await shared.publisher?.publish(message)) === 'confirmed') return;
    } catch {
      // the connection broke, or the relay is blocked
    }
    await sleep(RETRY_MS, undefined, { ref: false });
  }
}

/** Starts the process that an upgrade has installed, if there is one. */
async function startNewVersion(shared: SharedConnection, agent: AgentIdentity): Promise<void> {
  await startSuccessor(agent, shared.model, {
    startMs: shared.options.startMs ?? 0,
    onMessage: (channel, message) => void answerMessage(shared, agent, { channel, message }),
    announce: (successor) => sendHeartbeat(shared, agent, successor),
  });
}

function acknowledge(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch {
    // the channel is closed: the relay delivers the message again
  }
}

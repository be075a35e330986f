import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { createSemaphore } from '../../../platform/async/semaphore.ts';
import { declareAgentQueue } from '../../../platform/rabbitmq/topology.ts';
import { split } from '../split.ts';
import type { ConnectionCancels } from './cancels.ts';
import type { AgentIdentity } from './identity.ts';

/** RabbitMQ's cost per consumer on one channel is quadratic. */
const CONSUMERS_PER_CHANNEL = 100;
/** Declaring a queue is a round trip, so several channels do it at the same time. */
const CHANNELS_AT_ONCE = 20;
const FLAP_MS = 2_000;

/** Declares and consumes the queues of the agents, many on each channel. */
export async function consumeQueuesOf(
  agents: readonly AgentIdentity[],
  options: {
    connection: ChannelModel;
    restart: (why: string) => void;
    cancels: ConnectionCancels;
    onMessage: (agent: AgentIdentity, channel: Channel, message: ConsumeMessage) => void;
  },
): Promise<void> {
  const { connection, restart, cancels, onMessage } = options;
  const channels = createSemaphore(CHANNELS_AT_ONCE);
  const consumeOnOneChannel = async (part: readonly AgentIdentity[]) => {
    const channel = await connection.createChannel();
    channel.on('error', (error: Error) => restart(error.message));
    await channel.prefetch(1); // for each consumer
    for (const agent of part) {
      await consumeQueue(agent, channel, (message) => onMessage(agent, channel, message));
      await cancels.bind(channel, agent);
    }
  };
  const parts = split(agents, agents.length / CONSUMERS_PER_CHANNEL);
  await Promise.all(parts.map((part) => channels.withPermit(() => consumeOnOneChannel(part))));
}

/** Declares the queue of an agent that is offline: the relay keeps its messages. */
export async function declareQueueOf({ queueloc }: AgentIdentity, connection: ChannelModel): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await declareAgentQueue(channel, queueloc);
  await channel.close();
}

/** A flapping agent leaves its queue and returns, again and again. */
async function consumeQueue(
  { queueloc, behaviour }: AgentIdentity,
  channel: Channel,
  onMessage: (message: ConsumeMessage) => void,
): Promise<void> {
  const queue = await declareAgentQueue(channel, queueloc);
  const consume = () => channel.consume(queue, (message) => message && onMessage(message));
  const { consumerTag } = await consume();
  if (behaviour !== 'flapping') return;
  const flap = async (tag: string): Promise<void> => {
    await sleep(FLAP_MS * (0.5 + Math.random()), undefined, { ref: false });
    await channel.cancel(tag);
    await sleep(FLAP_MS * (0.5 + Math.random()), undefined, { ref: false });
    await flap((await consume()).consumerTag);
  };
  flap(consumerTag).catch(() => {}); // ends with the channel
}

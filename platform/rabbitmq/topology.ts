import type { Channel, ChannelModel } from 'amqplib';
import {
  agentQueue,
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  processQueue,
  QUEUE_HEARTBEATS,
  QUEUE_RELAY_MARKER,
  QUEUE_RESULTS,
} from '../../contract/names.ts';

/** AMQP's code for a queue that does not exist. */
const NOT_FOUND = 404;

/** Declares what the platform owns on a relay (spec: topology); harmless when it is there already. */
export async function declareTopology(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGE_TO_AGENTS, 'direct', { durable: true });
  await channel.assertExchange(EXCHANGE_TO_SCHEDULERS, 'direct', { durable: true });
  for (const queue of [QUEUE_HEARTBEATS, QUEUE_RESULTS]) {
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, EXCHANGE_TO_SCHEDULERS, queue);
  }
}

/** Declares an endpoint's queue. Binding fails while the platform never saw this relay: the session tries again. */
export async function declareAgentQueue(channel: Channel, queueloc: string): Promise<string> {
  const queue = agentQueue(queueloc);
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/**
 * Declares the queue of one process of an endpoint: exclusive, so it is gone with the connection. Fails, and closes the
 * channel, while the relay has not noticed the end of this process's last connection.
 */
export async function declareProcessQueue(channel: Channel, queueloc: string, pid: number): Promise<string> {
  const queue = processQueue(queueloc, pid);
  await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: true });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/** True when this relay carries our marker; asking closes the channel when it does not, hence one of its own. */
export async function hasMarker(connection: ChannelModel): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  try {
    await channel.checkQueue(QUEUE_RELAY_MARKER);
    await channel.close();
    return true;
  } catch {
    return false;
  }
}

/** True when the relay has this queue; asked on a channel of its own, which RabbitMQ closes when there is none. */
export async function hasQueue(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  try {
    await channel.checkQueue(queue);
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
  await channel.close();
  return true;
}

export async function setMarker(channel: Channel): Promise<void> {
  await channel.assertQueue(QUEUE_RELAY_MARKER, { durable: true });
}

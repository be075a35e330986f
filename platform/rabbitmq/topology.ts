import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel } from 'amqplib';
import { MigError } from '../../contract/errors.ts';
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
/** Said outright: a virtual host may make another kind by default. MIG's bare declaration of the same queue agrees with it. */
const CLASSIC = { 'x-queue-type': 'classic' };
/** AMQP's code for a declaration that does not agree with what is there. */
const PRECONDITION_FAILED = 406;
/** What a worker that died in between leaves behind goes by itself. */
const PROBE_EXPIRES_MS = 60_000;

/** Declares what the platform owns on a relay (spec/relay.md#topology); harmless when it is there already. */
export async function declareTopology(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGE_TO_AGENTS, 'direct', { durable: true });
  await channel.assertExchange(EXCHANGE_TO_SCHEDULERS, 'direct', { durable: true });
  for (const queue of [QUEUE_HEARTBEATS, QUEUE_RESULTS]) {
    await channel.assertQueue(queue, { durable: true, arguments: CLASSIC });
    await channel.bindQueue(queue, EXCHANGE_TO_SCHEDULERS, queue);
  }
}

/** Declares an endpoint's queue. Binding fails while the platform never saw this relay: the session tries again. */
export async function declareAgentQueue(channel: Channel, queueloc: string): Promise<string> {
  const queue = agentQueue(queueloc);
  await channel.assertQueue(queue, { durable: true, arguments: CLASSIC });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/**
 * Declares the queue of one process of an endpoint: exclusive, so it is gone with the connection. Fails, and closes the
 * channel, while the relay has not noticed the end of this process's last connection.
 */
export async function declareProcessQueue(channel: Channel, queueloc: string, pid: number): Promise<string> {
  const queue = processQueue(queueloc, pid);
  await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: true, arguments: CLASSIC });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/**
 * Throws `config_invalid` on a virtual host whose default queue type is not classic: MIG's agents declare queues without
 * a type, so they would fail on every queue that ours declared, and ours on theirs.
 */
export async function requireClassicDefault(connection: ChannelModel, vhost: string): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // the declaration throws it
  const probe = agentQueue(`probe.${randomUUID()}`);
  const asMig = { durable: true, expires: PROBE_EXPIRES_MS };
  await channel.assertQueue(probe, { ...asMig, arguments: CLASSIC });
  try {
    await channel.assertQueue(probe, asMig);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== PRECONDITION_FAILED) throw cause;
    throw new MigError(
      'config_invalid',
      `relay: the default queue type of the virtual host ${JSON.stringify(vhost)} must be classic, or MIG's agents cannot ` +
        'declare their queues: rabbitmqctl update_vhost_metadata VHOST --default-queue-type classic (before RabbitMQ ' +
        '3.12, create the virtual host again), and no other default_queue_type in rabbitmq.conf',
      { cause },
    );
  }
  await channel.deleteQueue(probe);
  await channel.close();
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
  await channel.assertQueue(QUEUE_RELAY_MARKER, { durable: true, arguments: CLASSIC });
}

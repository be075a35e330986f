import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
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
import type { RelayConnection } from './connection.ts';

// AMQP's reply codes.
/** The queue does not exist. */
const NOT_FOUND = 404;
/** The declaration differs from the existing queue. */
const PRECONDITION_FAILED = 406;

/** Explicit, for a virtual host may have another default. MIG's declaration without a type agrees with it. */
const CLASSIC = { 'x-queue-type': 'classic' };
/** The relay deletes the probe of a worker that died before it could. */
const PROBE_EXPIRES_MS = 60_000;

/** Declares what the platform owns on a relay (spec/relay.md#topology); harmless to repeat. */
export async function declareTopology(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGE_TO_AGENTS, 'direct', { durable: true });
  await channel.assertExchange(EXCHANGE_TO_SCHEDULERS, 'direct', { durable: true });
  for (const queue of [QUEUE_HEARTBEATS, QUEUE_RESULTS]) {
    await channel.assertQueue(queue, { durable: true, arguments: CLASSIC });
    await channel.bindQueue(queue, EXCHANGE_TO_SCHEDULERS, queue);
  }
}

/** Declares an endpoint's queue. Throws until the platform has declared its exchange; the session retries. */
export async function declareAgentQueue(channel: Channel, queueloc: string): Promise<string> {
  const queue = agentQueue(queueloc);
  await channel.assertQueue(queue, { durable: true, arguments: CLASSIC });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/**
 * Declares the queue of one process of an endpoint: exclusive, so the relay deletes it with the connection. Throws,
 * and closes the channel, until the relay has noticed the end of this process's last connection.
 */
export async function declareProcessQueue(channel: Channel, queueloc: string, pid: number): Promise<string> {
  const queue = processQueue(queueloc, pid);
  await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: true, arguments: CLASSIC });
  await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, queue);
  return queue;
}

/**
 * Throws `config_invalid` when the default queue type of the virtual host is not classic: MIG's agents declare queues
 * without a type, so they would fail on every queue of ours, and ours on theirs.
 */
export async function requireClassicDefault(connection: RelayConnection, vhost: string): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // the declaration throws the same error
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

/** True when the relay has this queue. Uses its own channel, which RabbitMQ closes when there is no such queue. */
export async function hasQueue(connection: RelayConnection, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // checkQueue throws the same error
  try {
    await channel.checkQueue(queue);
  } catch (error) {
    if ((error as { code?: unknown }).code === NOT_FOUND) return false;
    throw error;
  }
  await channel.close();
  return true;
}

/** Counts the messages of an existing queue that were not delivered yet. */
export async function countMessages(channel: Channel, queue: string): Promise<number> {
  return (await channel.checkQueue(queue)).messageCount;
}

/** Declares the queue that shows, while it exists, that the relay was not rebuilt from nothing. */
export async function setMarker(channel: Channel): Promise<void> {
  await channel.assertQueue(QUEUE_RELAY_MARKER, { durable: true, arguments: CLASSIC });
}

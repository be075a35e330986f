import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { RelayConnection } from './connection.ts';
import { limitMessages, messageBytes } from './limit-messages.ts';
import { declareAgentQueue, declareProcessQueue } from './topology.ts';

/** A message that the relay delivered. */
export interface RelayMessage {
  /** Empty when the message was too large. */
  body: Buffer;
  /** Its size, also when its body was dropped. */
  bytes: number;
  /** Does nothing a second time, or once the channel is closed: then the relay delivers the message again. */
  acknowledge(): void;
}

export interface Consumer {
  /** Asks the relay to deliver nothing more. */
  cancel(): void;
}

interface ConsumeOptions {
  /** How many messages the relay delivers before the first of them is acknowledged. */
  prefetch: number;
  /** The body of a larger message is dropped as it arrives. */
  maxMessageBytes: number;
  onMessage: (message: RelayMessage) => void;
  /** The channel failed, or the relay cancelled the consumer: the connection must be made anew. */
  onBroken: (why: string) => void;
  /** The relay delivers all unacknowledged messages again. */
  onClosed: () => void;
}

/** AMQP's code for a queue that is exclusive to another connection. */
const RESOURCE_LOCKED = 405;
const LOCKED_RETRY_MS = 3_000;

/** Consumes the queue of an endpoint, message by message. */
export async function consumeAgentQueue(
  connection: RelayConnection,
  { queueloc, ...options }: ConsumeOptions & { queueloc: string },
): Promise<Consumer> {
  const channel = await connection.createChannel();
  channel.on('error', (error) => options.onBroken(error.message));
  return consume(channel, await declareAgentQueue(channel, queueloc), options);
}

/**
 * Consumes the queue of one process of an endpoint. After a broken connection the relay may keep the queue locked for
 * that connection for a while: this retries until the lock is released. Returns undefined when its own connection
 * closes first.
 */
export async function consumeProcessQueue(
  connection: RelayConnection,
  options: ConsumeOptions & { queueloc: string; pid: number },
): Promise<Consumer | undefined> {
  let isClosed = false;
  connection.once('close', () => {
    isClosed = true;
  });
  while (!isClosed) {
    const consumer = await tryConsumeProcessQueue(connection, options);
    if (consumer) return consumer;
    await sleep(LOCKED_RETRY_MS, undefined, { ref: false });
  }
  return undefined;
}

/** Undefined while the queue is locked. */
async function tryConsumeProcessQueue(
  connection: RelayConnection,
  { queueloc, pid, ...options }: ConsumeOptions & { queueloc: string; pid: number },
): Promise<Consumer | undefined> {
  const channel = await connection.createChannel();
  channel.on('error', (error) => {
    if (!isLocked(error)) options.onBroken(error.message);
  });
  try {
    return await consume(channel, await declareProcessQueue(channel, queueloc, pid), options);
  } catch (error) {
    if (isLocked(error)) return undefined;
    throw error;
  }
}

function isLocked(error: unknown): boolean {
  return (error as { code?: unknown }).code === RESOURCE_LOCKED;
}

async function consume(
  channel: Channel,
  queue: string,
  { prefetch, maxMessageBytes, onMessage, onBroken, onClosed }: ConsumeOptions,
): Promise<Consumer> {
  limitMessages(channel, { maxBytes: maxMessageBytes });
  await channel.prefetch(prefetch);
  channel.on('close', onClosed);
  const { consumerTag } = await channel.consume(queue, (message) => {
    if (message === null) onBroken('the relay cancelled the consumer');
    else onMessage(toRelayMessage(channel, message));
  });
  return {
    cancel: () => void channel.cancel(consumerTag).catch(() => {}),
  };
}

function toRelayMessage(channel: Channel, message: ConsumeMessage): RelayMessage {
  let isAcknowledged = false;
  return {
    body: message.content,
    bytes: messageBytes(message),
    acknowledge() {
      if (isAcknowledged) return;
      isAcknowledged = true;
      try {
        channel.ack(message);
      } catch {
        // The channel is closed. Delivered again, the message will be known.
      }
    },
  };
}

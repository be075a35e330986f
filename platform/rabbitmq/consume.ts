import type { Channel, ConsumeMessage } from 'amqplib';
import { createConsumer, type PrefetchConsumer } from './consumer.ts';
import { limitMessages, messageBytes, mustRequeue } from './limit-messages.ts';

/** A message from the relay. */
export interface Delivery {
  /** Empty when the message was too large. */
  body: Buffer;
  bytes: number;
  /** The relay delivered it before, and it was not acknowledged. */
  isRedelivered: boolean;
}

interface ConsumeOptions<Handled> {
  queue: string;
  /** How many messages the relay may send ahead, and how many bytes, estimated from the size of the last messages. */
  prefetch: number;
  prefetchBytes: number;
  /** Messages and bytes of one batch; a single message may be larger. */
  maxBatch: number;
  maxBatchBytes: number;
  /** The content of a larger message is dropped as it comes. */
  maxMessageBytes: number;
  /** Limit for all unacknowledged messages in memory; those beyond go back to the queue. */
  maxUnackedBytes: number;
  /** Its result goes to `afterAck`, once the batch is acknowledged. */
  handle: (deliveries: Delivery[]) => Promise<Handled>;
  afterAck?: (handled: Handled) => Promise<void>;
  onBroken: (error: unknown) => void;
}

/**
 * Consumes a queue in batches: what arrives while a batch is handled becomes the next one, so a lone message does not
 * wait and a flood makes large batches. A batch is acknowledged only after `handle` returned; when that throws (the
 * database is away), `onBroken` must replace the channel, and the relay redelivers.
 */
export async function consumeBatches<Handled>(
  channel: Channel,
  options: ConsumeOptions<Handled>,
): Promise<void> {
  const consumer = createConsumer({
    channel,
    queue: options.queue,
    maxMessages: options.prefetch,
    maxBytes: options.prefetchBytes,
    onMessage(message) {
      if (message) batcher.add(message);
      else options.onBroken(new Error(`the relay cancelled the consumer of ${options.queue}`));
    },
  });
  const batcher = createBatcher({ channel, options, consumer });
  limitMessages(channel, { maxBytes: options.maxMessageBytes, hasRoomFor: batcher.hasRoomFor });
  await consumer.start();
}

interface Batcher {
  add(message: ConsumeMessage): void;
  hasRoomFor(bytes: number): boolean;
}

/** Handles messages batch after batch. */
function createBatcher<Handled>({
  channel,
  options,
  consumer,
}: {
  channel: Channel;
  options: ConsumeOptions<Handled>;
  consumer: PrefetchConsumer;
}): Batcher {
  const waiting: ConsumeMessage[] = [];
  const toRequeue: ConsumeMessage[] = [];
  let unackedBytes = 0;
  let isDraining = false;

  const handleBatch = async (batch: ConsumeMessage[]) => {
    const handled = await options.handle(batch.map(toDelivery));
    // Before the acknowledgement, which covers all earlier messages, too.
    for (const message of toRequeue.splice(0)) channel.nack(message, false, true);
    unackedBytes -= bytesOf(batch);
    const last = batch.at(-1);
    if (last) channel.ack(last, true);
    await consumer.adaptPrefetch({ messages: batch.length, bytes: bytesOf(batch) });
    await options.afterAck?.(handled);
    // The next consumer starts when every message of the last one is done.
    if (!consumer.isConsuming() && waiting.length === 0) await consumer.start();
  };
  const drain = async () => {
    if (isDraining) return;
    isDraining = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, sizeOfBatch(waiting, options));
        await handleBatch(batch);
      }
    } catch (error) {
      waiting.length = 0;
      options.onBroken(error);
    } finally {
      isDraining = false;
    }
  };

  return {
    add(message) {
      if (mustRequeue(message)) {
        toRequeue.push(message);
        return;
      }
      unackedBytes += message.content.length;
      waiting.push(message);
      void drain(); // reports its errors by onBroken
    },
    hasRoomFor: (bytes) => unackedBytes === 0 || unackedBytes + bytes <= options.maxUnackedBytes,
  };
}

function toDelivery(message: ConsumeMessage): Delivery {
  return {
    body: message.content,
    bytes: messageBytes(message),
    isRedelivered: message.fields.redelivered,
  };
}

function bytesOf(batch: readonly ConsumeMessage[]): number {
  return batch.reduce((sum, message) => sum + message.content.length, 0);
}

/** How many of the first messages make a batch; at least one. */
function sizeOfBatch(
  waiting: readonly ConsumeMessage[],
  { maxBatch, maxBatchBytes }: { maxBatch: number; maxBatchBytes: number },
): number {
  let bytes = 0;
  const size = waiting.findIndex((message, index) => {
    bytes += message.content.length;
    return index > 0 && (index >= maxBatch || bytes > maxBatchBytes);
  });
  return size === -1 ? waiting.length : size;
}

import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import { isPostponed, limitMessages, messageBytes } from './limit-messages.ts';

/** Until the size of the messages is known. */
const FIRST_PREFETCH = 10;

/** A message off the relay, as far as who handles it needs to know. */
export interface Delivery {
  /** Empty when the message was too large. */
  body: Buffer;
  bytes: number;
  /** The relay gave it to somebody before who did not acknowledge it. */
  isRedelivered: boolean;
}

/**
 * Consumes a queue in batches: what arrives while a batch is worked on becomes the next one, so a lone message waits
 * for nothing and a flood makes large batches. The batch is acknowledged only after `handle` returned; when that
 * throws (the database is away), `onBroken` must bring a new channel, and the relay delivers again.
 */
export async function consumeBatches(
  channel: Channel,
  options: {
    queue: string;
    /** How much the relay may send ahead; the bytes by the size of the last messages. */
    prefetch: number;
    prefetchBytes: number;
    /** Messages and bytes of one batch; a single message may be larger. */
    maxBatch: number;
    maxBatchBytes: number;
    /** The content of a larger message is dropped as it comes. */
    maxMessageBytes: number;
    /** What all messages here may have together; those beyond are given back to the relay. */
    maxHeldBytes: number;
    handle: (deliveries: Delivery[]) => Promise<void>;
    afterAck?: () => Promise<void>;
    onBroken: (error: unknown) => void;
  },
): Promise<void> {
  const waiting: ConsumeMessage[] = [];
  const postponed: ConsumeMessage[] = [];
  let heldBytes = 0;
  let isWorking = false;
  let prefetch = Math.min(options.prefetch, FIRST_PREFETCH);
  let consumer: string | undefined;

  /** A prefetch belongs to the consumers that begin after it; later versions of RabbitMQ know none for a channel. */
  const startConsumer = async () => {
    await channel.prefetch(prefetch);
    consumer = randomUUID();
    await channel.consume(options.queue, take, { consumerTag: consumer });
  };
  /** The consumer with another prefetch begins when all that the last one was sent is done. */
  const adaptPrefetch = async (batch: readonly ConsumeMessage[]) => {
    const fitting = prefetchFor(batch, { now: prefetch, ...options });
    if (fitting === prefetch) return;
    prefetch = fitting;
    if (consumer !== undefined) await channel.cancel(consumer);
    consumer = undefined;
  };

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, sizeOfBatch(waiting, options));
        await options.handle(batch.map(toDelivery));
        // Before the acknowledgement, which counts for all that came earlier, too.
        for (const message of postponed.splice(0)) channel.nack(message, false, true);
        heldBytes -= bytesOf(batch);
        const last = batch.at(-1);
        if (last) channel.ack(last, true);
        await adaptPrefetch(batch);
        await options.afterAck?.();
        if (consumer === undefined && waiting.length === 0) await startConsumer();
      }
    } catch (error) {
      waiting.length = 0;
      options.onBroken(error);
    } finally {
      isWorking = false;
    }
  };

  const take = (message: ConsumeMessage | null) => {
    if (message === null) {
      options.onBroken(new Error(`the relay cancelled the consumer of ${options.queue}`));
      return;
    }
    if (isPostponed(message)) {
      postponed.push(message);
      return;
    }
    heldBytes += message.content.length;
    waiting.push(message);
    void work();
  };

  limitMessages(channel, {
    maxBytes: options.maxMessageBytes,
    mayTake: (bytes) => heldBytes === 0 || heldBytes + bytes <= options.maxHeldBytes,
  });
  await startConsumer();
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

/**
 * As many messages of the batch's size as the bytes allow; at once when that is less than now, else at most twice as
 * many, and nothing changes for less than a quarter: each change costs a few round trips.
 */
function prefetchFor(
  batch: readonly ConsumeMessage[],
  { now, prefetch, prefetchBytes }: { now: number; prefetch: number; prefetchBytes: number },
): number {
  const fitting = Math.floor(prefetchBytes / Math.max(1, bytesOf(batch) / batch.length));
  const wanted = Math.max(1, Math.min(fitting, prefetch, now * 2));
  return wanted < now * 0.75 || wanted > now * 1.25 || wanted === prefetch ? wanted : now;
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

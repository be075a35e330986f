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

interface ConsumeOptions<Handled> {
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
  /** Its result goes to `afterAck`, once the batch is acknowledged. */
  handle: (deliveries: Delivery[]) => Promise<Handled>;
  afterAck?: (handled: Handled) => Promise<void>;
  onBroken: (error: unknown) => void;
}

/**
 * Consumes a queue in batches: what arrives while a batch is worked on becomes the next one, so a lone message waits
 * for nothing and a flood makes large batches. The batch is acknowledged only after `handle` returned; when that
 * throws (the database is away), `onBroken` must bring a new channel, and the relay delivers again.
 */
export async function consumeBatches<Handled>(
  channel: Channel,
  options: ConsumeOptions<Handled>,
): Promise<void> {
  const prefetch = createPrefetch(channel, options, (message) => {
    if (message === null) options.onBroken(new Error(`the relay cancelled the consumer of ${options.queue}`));
    else batcher.take(message);
  });
  const batcher = createBatcher(channel, options, prefetch);
  limitMessages(channel, {
    maxBytes: options.maxMessageBytes,
    mayTake: (bytes) => batcher.heldBytes() === 0 || batcher.heldBytes() + bytes <= options.maxHeldBytes,
  });
  await prefetch.startConsumer();
}

/** The consumer, with a prefetch that follows the size of the messages. */
interface Prefetch {
  startConsumer(): Promise<void>;
  /** Stops the consumer when another prefetch fits better. */
  adapt(batch: readonly ConsumeMessage[]): Promise<void>;
  /** False from when it is stopped until all that it was sent is done. */
  isConsuming(): boolean;
}

/** A prefetch belongs to the consumers that begin after it; later versions of RabbitMQ know none for a channel. */
function createPrefetch(
  channel: Channel,
  options: Omit<ConsumeOptions<unknown>, 'handle' | 'afterAck'>,
  onMessage: (message: ConsumeMessage | null) => void,
): Prefetch {
  let prefetch = Math.min(options.prefetch, FIRST_PREFETCH);
  let consumer: string | undefined;
  return {
    async startConsumer() {
      await channel.prefetch(prefetch);
      consumer = randomUUID();
      await channel.consume(options.queue, onMessage, { consumerTag: consumer });
    },
    async adapt(batch) {
      const fitting = prefetchFor(batch, { now: prefetch, ...options });
      if (fitting === prefetch) return;
      prefetch = fitting;
      if (consumer !== undefined) await channel.cancel(consumer);
      consumer = undefined;
    },
    isConsuming: () => consumer !== undefined,
  };
}

interface Batcher {
  take(message: ConsumeMessage): void;
  /** Bytes of all messages that are not acknowledged. */
  heldBytes(): number;
}

/** Handles what was taken, one batch after the other. */
function createBatcher<Handled>(
  channel: Channel,
  options: ConsumeOptions<Handled>,
  prefetch: Prefetch,
): Batcher {
  const waiting: ConsumeMessage[] = [];
  const postponed: ConsumeMessage[] = [];
  let heldBytes = 0;
  let isWorking = false;

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, sizeOfBatch(waiting, options));
        const handled = await options.handle(batch.map(toDelivery));
        // Before the acknowledgement, which counts for all that came earlier, too.
        for (const message of postponed.splice(0)) channel.nack(message, false, true);
        heldBytes -= bytesOf(batch);
        const last = batch.at(-1);
        if (last) channel.ack(last, true);
        await prefetch.adapt(batch);
        await options.afterAck?.(handled);
        // The next consumer begins when all that the last one was sent is done.
        if (!prefetch.isConsuming() && waiting.length === 0) await prefetch.startConsumer();
      }
    } catch (error) {
      waiting.length = 0;
      options.onBroken(error);
    } finally {
      isWorking = false;
    }
  };

  return {
    take(message) {
      if (isPostponed(message)) {
        postponed.push(message);
        return;
      }
      heldBytes += message.content.length;
      waiting.push(message);
      void work();
    },
    heldBytes: () => heldBytes,
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

import type { Channel, ConsumeMessage } from 'amqplib';

/** Until the size of the messages is known. */
const FIRST_PREFETCH = 100;
/** RabbitMQ then counts for the whole channel, and takes another number while it consumes. */
const OF_CHANNEL = true;

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
    handle: (bodies: Buffer[]) => Promise<void>;
    afterAck?: () => Promise<void>;
    onBroken: (error: unknown) => void;
  },
): Promise<void> {
  const waiting: ConsumeMessage[] = [];
  let isWorking = false;
  let prefetch = Math.min(options.prefetch, FIRST_PREFETCH);

  const adaptPrefetch = async (batch: readonly ConsumeMessage[]) => {
    const fitting = prefetchFor(batch, { now: prefetch, ...options });
    if (fitting === prefetch) return;
    prefetch = fitting;
    await channel.prefetch(prefetch, OF_CHANNEL);
  };

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, sizeOfBatch(waiting, options));
        await options.handle(batch.map((message) => message.content));
        const last = batch.at(-1);
        if (last) channel.ack(last, true);
        await adaptPrefetch(batch);
        await options.afterAck?.();
      }
    } catch (error) {
      waiting.length = 0;
      options.onBroken(error);
    } finally {
      isWorking = false;
    }
  };

  await channel.prefetch(prefetch, OF_CHANNEL);
  await channel.consume(options.queue, (message) => {
    if (message === null) {
      options.onBroken(new Error(`the relay cancelled the consumer of ${options.queue}`));
      return;
    }
    waiting.push(message);
    void work();
  });
}

/**
 * As many messages of the batch's size as the bytes allow; at once when that is less than now, else at most twice as
 * many, and nothing changes for less than a quarter: each change is a round trip.
 */
function prefetchFor(
  batch: readonly ConsumeMessage[],
  { now, prefetch, prefetchBytes }: { now: number; prefetch: number; prefetchBytes: number },
): number {
  const bytes = batch.reduce((sum, message) => sum + message.content.length, 0);
  const fitting = Math.floor(prefetchBytes / Math.max(1, bytes / batch.length));
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

import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * Consumes a queue in batches: what arrives while a batch is worked on becomes the next one, so a lone message waits
 * for nothing and a flood makes large batches. The batch is acknowledged only after `handle` returned; when that
 * throws (the database is away), `onBroken` must bring a new channel, and the relay delivers again.
 */
export async function consumeBatches(
  channel: Channel,
  options: {
    queue: string;
    prefetch: number;
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

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    try {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, sizeOfBatch(waiting, options));
        await options.handle(batch.map((message) => message.content));
        const last = batch.at(-1);
        if (last) channel.ack(last, true);
        await options.afterAck?.();
      }
    } catch (error) {
      waiting.length = 0;
      options.onBroken(error);
    } finally {
      isWorking = false;
    }
  };

  await channel.prefetch(options.prefetch);
  await channel.consume(options.queue, (message) => {
    if (message === null) {
      options.onBroken(new Error(`the relay cancelled the consumer of ${options.queue}`));
      return;
    }
    waiting.push(message);
    void work();
  });
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

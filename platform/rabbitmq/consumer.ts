import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';

/** The prefetch until the size of the messages is known. */
const FIRST_PREFETCH = 10;

/** A consumer whose prefetch follows the size of the messages. */
export interface PrefetchConsumer {
  start(): Promise<void>;
  /** Cancels the consumer when another prefetch fits better. The messages that it was sent still arrive. */
  adaptPrefetch(batch: Batch): Promise<void>;
  isConsuming(): boolean;
}

interface Batch {
  messages: number;
  bytes: number;
}

interface ConsumerOptions {
  channel: Channel;
  queue: string;
  /** What the relay may send ahead. */
  maxMessages: number;
  maxBytes: number;
  /** `null`: the relay cancelled the consumer. */
  onMessage: (message: ConsumeMessage | null) => void;
}

/** A new prefetch needs a new consumer; later versions of RabbitMQ have no prefetch of a channel. */
export function createConsumer(options: ConsumerOptions): PrefetchConsumer {
  const { channel, queue, onMessage } = options;
  let prefetch = Math.min(options.maxMessages, FIRST_PREFETCH);
  let consumerTag: string | undefined;
  return {
    async start() {
      await channel.prefetch(prefetch);
      consumerTag = randomUUID();
      await channel.consume(queue, onMessage, { consumerTag });
    },
    async adaptPrefetch(batch) {
      const fitting = prefetchFor(batch, { current: prefetch, ...options });
      if (fitting === prefetch) return;
      prefetch = fitting;
      if (consumerTag !== undefined) await channel.cancel(consumerTag);
      consumerTag = undefined;
    },
    isConsuming: () => consumerTag !== undefined,
  };
}

/**
 * As many messages of the batch's size as the bytes allow. The prefetch falls at once, but at most doubles, and
 * ignores changes of less than a quarter: each change costs a few round trips.
 */
function prefetchFor(
  { messages, bytes }: Batch,
  { current, maxMessages, maxBytes }: { current: number; maxMessages: number; maxBytes: number },
): number {
  const fitting = Math.floor(maxBytes / Math.max(1, bytes / messages));
  const wanted = Math.max(1, Math.min(fitting, maxMessages, current * 2));
  const isWorthIt = wanted < current * 0.75 || wanted > current * 1.25 || wanted === maxMessages;
  return isWorthIt ? wanted : current;
}

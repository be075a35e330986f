import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { ConfirmChannel } from 'amqplib';
import { MigError } from '../../contract/errors.ts';
import { MAX_QUEUE_NAME_BYTES } from '../../contract/limits.ts';
import { createSemaphore } from '../async/semaphore.ts';
import { withTimeout } from '../async/with-timeout.ts';
import { limitConfirms } from './limit-confirms.ts';
import { limitMessages } from './limit-messages.ts';

export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  body: string | Buffer;
  /** Whole milliseconds, 1 to 2^32-1; without it the message never expires. */
  expirationMs?: number;
  /** The relay may forget it when it ends; it is written to no disk. */
  isTransient?: boolean;
}

/** What became of a message: stored by the relay, returned because no queue wanted it, or refused because its queue is full. */
export type Outcome = 'confirmed' | 'returned' | 'refused';

export interface Publisher {
  publish(message: OutgoingMessage): Promise<Outcome>;
}

/** A channel for each: the relay works through one in order, and nobody in a hurry waits behind a sweep. */
export type Urgency = 'interactive' | 'bulk';

const CONFIRM_TIMEOUT_MS = 30_000;
/** What amqplib says of a message that the relay took and would not keep; any other error ends the channel. */
const NACKED = 'message nacked';

/**
 * Publishes mandatory messages, persistent unless they say otherwise, at most `atOnce` at the same time, and waits for the relay's word. An
 * unroutable message is returned first and then confirmed, so the confirm alone says nothing: `returned` wins.
 */
export function createPublisher(
  channel: ConfirmChannel,
  { atOnce = Number.POSITIVE_INFINITY }: { atOnce?: number } = {},
): Publisher {
  /** Those in flight, and whether the relay returned them. */
  const inFlight = new Map<string, boolean>();
  const semaphore = createSemaphore(atOnce);
  const whenRelayReads = watchAlarms(channel);
  limitConfirms(channel);
  // Of what comes back only the number matters.
  limitMessages(channel, { maxBytes: 0 });
  channel.on('return', ({ properties: { messageId } }) => {
    if (inFlight.has(messageId)) inFlight.set(messageId, true);
  });
  const publish = ({ exchange, routingKey, body, expirationMs, isTransient = false }: OutgoingMessage) =>
    new Promise<Outcome>((resolve, reject) => {
      const messageId = randomUUID();
      inFlight.set(messageId, false);
      const timer = setTimeout(() => {
        inFlight.delete(messageId);
        reject(new MigError('unavailable', `the relay did not confirm within ${CONFIRM_TIMEOUT_MS} ms`));
      }, CONFIRM_TIMEOUT_MS);
      const options = {
        persistent: !isTransient,
        mandatory: true,
        contentType: 'text/plain',
        timestamp: Math.floor(Date.now() / 1000),
        messageId,
        ...(expirationMs === undefined ? {} : { expiration: String(expirationMs) }),
      };
      channel.publish(
        exchange,
        routingKey,
        typeof body === 'string' ? Buffer.from(body) : body,
        options,
        (error) => {
          clearTimeout(timer);
          const wasReturned = inFlight.get(messageId) === true;
          inFlight.delete(messageId);
          if (error === null) resolve(wasReturned ? 'returned' : 'confirmed');
          else if (error.message === NACKED) resolve('refused');
          else reject(new MigError('unavailable', 'the relay did not take a message', { cause: error }));
        },
      );
    });
  return {
    publish: (message) =>
      semaphore.withPermit(async () => {
        // No queue has such a name, and amqplib throws.
        if (Buffer.byteLength(message.routingKey) > MAX_QUEUE_NAME_BYTES) return 'returned';
        await whenRelayReads();
        return publish(message);
      }),
  };
}

/**
 * A relay that is short of memory or disk says so and reads nothing more from who publishes: what is written then, and
 * again at each retry, would wait in our memory. Resolves when it reads; throws when it does not for too long.
 */
function watchAlarms(channel: ConfirmChannel): () => Promise<void> {
  let alarm: { over: Promise<void>; end: () => void } | undefined;
  const end = () => {
    alarm?.end();
    alarm = undefined;
  };
  const connection = channel.connection as unknown as EventEmitter; // its types do not say so
  connection.on('blocked', () => {
    let endIt: () => void = () => {};
    const over = new Promise<void>((resolve) => {
      endIt = resolve;
    });
    alarm ??= { over, end: endIt };
  });
  connection.on('unblocked', end);
  channel.on('close', end); // publishing tells what is the matter
  return async () => {
    if (alarm)
      await withTimeout(CONFIRM_TIMEOUT_MS, alarm.over, 'the relay takes no messages: memory or disk alarm');
  };
}

import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { ConfirmChannel, Options } from 'amqplib';
import { MigError } from '../../contract/errors.ts';
import { MAX_QUEUE_NAME_BYTES } from '../../contract/limits.ts';
import { createDeferred, type Deferred } from '../async/deferred.ts';
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
  /** The relay keeps the message in memory only, and loses it with a restart. */
  isTransient?: boolean;
}

/** `confirmed`: stored by the relay; `returned`: no queue is bound; `refused`: the queue is full. */
export type Outcome = 'confirmed' | 'returned' | 'refused';

export interface Publisher {
  publish(message: OutgoingMessage): Promise<Outcome>;
}

/**
 * Each urgency has its own channel: the relay handles a channel in order, and an investigator must not wait for a sweep.
 */
export type Urgency = 'interactive' | 'bulk';

/** A published message without a confirm. */
interface InFlight {
  wasReturned: boolean;
}

const CONFIRM_TIMEOUT_MS = 30_000;
/** amqplib's message for a `basic.nack`; any other error ends the channel. */
const NACKED = 'message nacked';

/**
 * Publishes mandatory messages, persistent by default, with publisher confirms and at most `maxInFlight` unconfirmed.
 * The relay returns an unroutable message first and confirms it then, so a confirm proves nothing: `returned` wins.
 */
export function createPublisher(
  channel: ConfirmChannel,
  { maxInFlight = Number.POSITIVE_INFINITY }: { maxInFlight?: number } = {},
): Publisher {
  const inFlight = new Map<string, InFlight>();
  const semaphore = createSemaphore(maxInFlight);
  const whenUnblocked = watchAlarms(channel);
  limitConfirms(channel);
  // Of a returned message only the id matters.
  limitMessages(channel, { maxBytes: 0 });
  channel.on('return', ({ properties: { messageId } }) => {
    const message = inFlight.get(messageId);
    if (message) message.wasReturned = true;
  });

  const publishConfirmed = async (message: OutgoingMessage): Promise<Outcome> => {
    const messageId = randomUUID();
    const state: InFlight = { wasReturned: false };
    const confirm = createDeferred<Outcome>();
    const onConfirm = (error: Error | null) => {
      if (error === null) confirm.resolve(state.wasReturned ? 'returned' : 'confirmed');
      else if (error.message === NACKED) confirm.resolve('refused');
      else
        confirm.reject(new MigError('unavailable', 'the relay did not accept a message', { cause: error }));
    };
    inFlight.set(messageId, state);
    try {
      const { exchange, routingKey, body } = message;
      const content = typeof body === 'string' ? Buffer.from(body) : body;
      channel.publish(exchange, routingKey, content, propertiesOf(message, messageId), onConfirm);
      return await withTimeout(
        CONFIRM_TIMEOUT_MS,
        confirm.promise,
        `the relay did not confirm within ${CONFIRM_TIMEOUT_MS} ms`,
      );
    } finally {
      inFlight.delete(messageId);
    }
  };
  return {
    publish: (message) =>
      semaphore.withPermit(async () => {
        // No queue has such a name, and amqplib throws.
        if (Buffer.byteLength(message.routingKey) > MAX_QUEUE_NAME_BYTES) return 'returned';
        await whenUnblocked();
        return publishConfirmed(message);
      }),
  };
}

function propertiesOf(
  { expirationMs, isTransient = false }: OutgoingMessage,
  messageId: string,
): Options.Publish {
  return {
    persistent: !isTransient,
    mandatory: true,
    contentType: 'text/plain',
    timestamp: Math.floor(Date.now() / 1000),
    messageId,
    ...(expirationMs === undefined ? {} : { expiration: String(expirationMs) }),
  };
}

/**
 * Returns a function that waits while the relay has a memory or disk alarm, and throws when the alarm lasts too long.
 * Such a relay reads nothing from publishers: what is written then, and again at each retry, would fill our memory.
 */
function watchAlarms(channel: ConfirmChannel): () => Promise<void> {
  let alarm: Deferred<void> | undefined;
  const startAlarm = () => {
    alarm ??= createDeferred();
  };
  const endAlarm = () => {
    alarm?.resolve();
    alarm = undefined;
  };
  const connection = channel.connection as unknown as EventEmitter; // missing in its types
  connection.on('blocked', startAlarm);
  connection.on('unblocked', endAlarm);
  channel.on('close', endAlarm); // the next publish throws the reason
  return async () => {
    if (!alarm) return;
    await withTimeout(
      CONFIRM_TIMEOUT_MS,
      alarm.promise,
      'the relay accepts no messages: memory or disk alarm',
    );
  };
}

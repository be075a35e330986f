import type { ConfirmChannel } from 'amqplib';
import { EXCHANGE_TO_SCHEDULERS } from '../../contract/names.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';

const MAX_UNCONFIRMED = 50;

export interface RelaySender {
  send(queue: string, body: string | Buffer): Promise<void>;
  /** Waits until the relay has confirmed every message. */
  drain(): Promise<void>;
}

/** Publishes as fast as the relay confirms. The timeout is for each message: a busy relay may take longer for all. */
export function createRelaySender(channel: ConfirmChannel, timeoutMs: number): RelaySender {
  const unconfirmed = new Set<Promise<void>>();
  const waitForOne = () => withTimeout(timeoutMs, Promise.race(unconfirmed), 'the relay confirms nothing');
  const publish = async (queue: string, body: string | Buffer) => {
    const confirmed = createDeferred();
    const settle = (error: unknown) => (error ? confirmed.reject(error) : confirmed.resolve());
    channel.publish(EXCHANGE_TO_SCHEDULERS, queue, Buffer.from(body), { persistent: true }, settle);
    await confirmed.promise;
  };
  return {
    async send(queue, body) {
      const publishing = publish(queue, body).then(() => {
        unconfirmed.delete(publishing);
      });
      publishing.catch(() => {}); // thrown by the next wait
      unconfirmed.add(publishing);
      if (unconfirmed.size >= MAX_UNCONFIRMED) await waitForOne();
    },
    async drain() {
      while (unconfirmed.size > 0) await waitForOne();
    },
  };
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { consumeBatches } from '../../platform/rabbitmq/consume.ts';
import { openBothUsers } from '../setup/both-users.ts';

let relay: Awaited<ReturnType<typeof openBothUsers>>;

beforeAll(async () => {
  relay = await openBothUsers();
});
afterAll(() => relay?.[Symbol.asyncDispose]());

async function send(count: number, bytes: number): Promise<void> {
  const body = Buffer.alloc(bytes, 'x');
  const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body };
  await Promise.all(Array.from({ length: count }, () => relay.agent.publish(message)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** The messages that the relay has not delivered yet. */
const ready = async () => (await relay.scheduler.confirm.checkQueue(QUEUE_RESULTS)).messageCount;

test('large messages are prefetched few at a time, small ones many, and all in order of batches', async () => {
  const LARGE = 200;
  const KB = 1024;
  await send(LARGE, 50 * KB);
  const batches: number[] = [];
  const resumed = createDeferred();
  await consumeBatches(relay.scheduler.channel, {
    queue: QUEUE_RESULTS,
    prefetch: 400,
    prefetchBytes: 1000 * KB,
    maxBatch: 500,
    maxBatchBytes: 500 * KB,
    maxMessageBytes: 100 * KB,
    maxUnackedBytes: 4000 * KB,
    handle: async (deliveries) => {
      batches.push(deliveries.length);
      if (batches.length === 13) await resumed.promise;
    },
    onBroken: (error) => {
      throw error;
    },
  });
  const received = () => sum(batches);
  await waitFor('13 batches', () => batches.length === 13);
  expect(Math.max(...batches)).toBeLessThanOrEqual(10);
  // Apart from handled messages only as many were delivered as the byte limit allows: twenty.
  const handled = sum(batches.slice(0, -1));
  const kept = LARGE - handled - 20;
  await waitFor('the relay to keep the rest', async () => (await ready()) >= kept);
  resumed.resolve();
  await waitFor('all large ones', () => received() === LARGE);
  batches.length = 0;
  const SMALL = 2000;
  await send(SMALL, 1 * KB);
  await waitFor('all small ones', () => received() === SMALL);
});

import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { openBothUsers } from '../setup/both-users.ts';

let relay: Awaited<ReturnType<typeof openBothUsers>>;

beforeAll(async () => {
  relay = await openBothUsers();
});
afterAll(() => relay?.[Symbol.asyncDispose]());

test('publishing stops during an alarm of the relay, and completes afterwards', async () => {
  // A real alarm would block the relay for all other tests, so this test emits the relay's notification itself.
  const connection = relay.agent.confirm.connection as unknown as EventEmitter;
  const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body: 'x' };
  const arrived = async () => (await relay.scheduler.confirm.checkQueue(QUEUE_RESULTS)).messageCount;
  connection.emit('blocked', 'low on memory');
  connection.emit('blocked', 'low on disk');
  const outcomes = Promise.all(Array.from({ length: 50 }, () => relay.agent.publish(message)));
  await sleep(500);
  expect(await arrived()).toBe(0);
  connection.emit('unblocked');
  expect(new Set(await outcomes)).toEqual(new Set(['confirmed']));
  expect(await arrived()).toBe(50);
});

test('waiting for the end of an alarm fails when the channel closes', async () => {
  const another = await openRelayClient(relay.slot, 'agent');
  (another.confirm.connection as unknown as EventEmitter).emit('blocked', 'low on memory');
  const waiting = another.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body: 'x' });
  const ending = another[Symbol.asyncDispose]();
  await expect(waiting).rejects.toThrow();
  await ending;
});

import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_HEARTBEATS,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { createResources } from '../../platform/async/resources.ts';
import { declareAgentQueue } from '../../platform/rabbitmq/topology.ts';
import { openSlot, type Slot } from '../setup/platform.ts';
import { tryAsAgent } from '../setup/try-as-agent.ts';

const resources = createResources();
let slot: Slot;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  resources.use(await openRelayClient(slot, 'scheduler'));
});
afterAll(() => resources[Symbol.asyncDispose]());

const asAgent = (attempt: (client: RelayClient) => Promise<unknown>) => tryAsAgent(slot, attempt);

test('an agent cannot consume the results of others', async () => {
  expect(await asAgent(({ channel }) => channel.consume(QUEUE_RESULTS, () => {}))).toMatch(/ACCESS_REFUSED/);
});

test('an agent cannot purge or delete the queues of the platform', async () => {
  for (const queue of [QUEUE_RESULTS, QUEUE_HEARTBEATS]) {
    expect(await asAgent(({ channel }) => channel.purgeQueue(queue))).toMatch(/ACCESS_REFUSED/);
    expect(await asAgent(({ channel }) => channel.deleteQueue(queue))).toMatch(/ACCESS_REFUSED/);
  }
});

test('an agent cannot send commands to other agents', async () => {
  const forged = { exchange: EXCHANGE_TO_AGENTS, routingKey: 'mig.agt.linux.victim.1', body: '{}' };
  expect(await asAgent((client) => client.publish(forged))).toMatch(/ACCESS_REFUSED/);
});

test('an agent cannot declare an exchange', async () => {
  expect(await asAgent(({ channel }) => channel.assertExchange('mine', 'fanout'))).toMatch(/ACCESS_REFUSED/);
});

test('an agent can copy the commands of an endpoint whose name it knows, but not remove any', async () => {
  const victim = 'linux.known.1';
  await using owner = await openRelayClient(slot, 'agent');
  await declareAgentQueue(owner.channel, victim);
  await using thief = await openRelayClient(slot, 'agent');
  await declareAgentQueue(thief.channel, 'linux.thief.1');
  await thief.channel.bindQueue('mig.agt.linux.thief.1', EXCHANGE_TO_AGENTS, `mig.agt.${victim}`);
  await using scheduler = await openRelayClient(slot, 'scheduler');
  expect(await scheduler.sendCommand(victim, '{}')).toBe('confirmed');
  for (const queueloc of [victim, 'linux.thief.1']) {
    expect(await owner.channel.get(`mig.agt.${queueloc}`), queueloc).toMatchObject({
      content: Buffer.from('{}'),
    });
  }
});

test('an agent can bind the two exchanges in one direction, without any effect', async () => {
  const victim = 'linux.led.1';
  await using owner = await openRelayClient(slot, 'agent');
  await declareAgentQueue(owner.channel, victim);
  const key = `mig.agt.${victim}`;
  const bind = [EXCHANGE_TO_SCHEDULERS, EXCHANGE_TO_AGENTS, key] as const;
  expect(await asAgent(({ channel }) => channel.bindExchange(...bind))).toBe('allowed');
  expect(
    await asAgent(({ channel }) => channel.bindExchange(EXCHANGE_TO_AGENTS, EXCHANGE_TO_SCHEDULERS, key)),
  ).toMatch(/ACCESS_REFUSED/);
  expect(await asAgent(({ channel }) => channel.bindQueue(key, EXCHANGE_TO_SCHEDULERS, key))).toMatch(
    /ACCESS_REFUSED/,
  );
  await using scheduler = await openRelayClient(slot, 'scheduler');
  expect(await scheduler.sendCommand(victim, '{}')).toBe('confirmed');
  expect(await scheduler.sendCommand('linux.nobody.1', '{}')).toBe('returned');
  await owner.channel.deleteQueue(key);
  expect(await scheduler.sendCommand(victim, '{}'), 'led to an exchange, and to no queue').toBe('returned');
  for (const queue of [QUEUE_RESULTS, QUEUE_HEARTBEATS]) {
    expect(await scheduler.channel.get(queue)).toBe(false);
  }
});

test('the relay accepts no connection without a client certificate', async () => {
  const { host, port } = slot.services.relay;
  const outcome = await new Promise<string>((resolve) => {
    const socket = tlsConnect({ host, port, rejectUnauthorized: false }, () =>
      socket.write('AMQP\0\0\t\x01'),
    );
    socket.on('data', () => resolve('answered'));
    socket.on('error', () => resolve('refused'));
    socket.on('close', () => resolve('refused'));
  });
  expect(outcome).toBe('refused');
});

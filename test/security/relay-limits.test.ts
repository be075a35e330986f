import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_COMMAND_BYTES, MAX_RESULT_BYTES } from '../../contract/limits.ts';
import {
  agentQueue,
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  isQueueloc,
  processQueue,
  QUEUE_HEARTBEATS,
  QUEUE_RELAY_MARKER,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { controlRelay } from '../../dev/stack/services/rabbitmq.ts';
import {
  MAX_ENDPOINT_QUEUE_BYTES,
  MAX_MESSAGE_BYTES,
  relayDefinitions,
} from '../../dev/stack/services/relay-definitions.ts';
import type { Outcome } from '../../platform/rabbitmq/publish.ts';
import { declareAgentQueue, setMarker } from '../../platform/rabbitmq/topology.ts';
import { openBothUsers } from '../setup/both-users.ts';
import { defined } from '../setup/defined.ts';

const PLATFORM_QUEUES = [QUEUE_HEARTBEATS, QUEUE_RESULTS, QUEUE_RELAY_MARKER];

let relay: Awaited<ReturnType<typeof openBothUsers>>;

beforeAll(async () => {
  relay = await openBothUsers();
});
afterAll(() => relay?.[Symbol.asyncDispose]());

/** Queuelocs of all shapes, including names that resemble the platform's queues. */
const queuelocs = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('linux', 'heartbeats', 'results', 'relaymarker'),
      fc.stringMatching(/^[a-z0-9]{1,12}$/),
    ),
    fc.oneof(
      fc.constantFrom('heartbeats', 'results', 'mig.agt.results', 'relaymarker'),
      fc.stringMatching(/^[A-Za-z0-9._-]{1,60}$/),
    ),
  )
  .map(([os, uid]) => `${os}.${uid}`)
  .filter(isQueueloc);

/** Returns the queues of the vhost as the relay reports them. */
async function queuesOnRelay(columns: readonly string[]): Promise<Record<string, string>[]> {
  const { slot } = relay;
  const args = ['--quiet', '--formatter', 'json', 'list_queues', '-p', slot.name, ...columns];
  return JSON.parse(await controlRelay(slot.services.home, args));
}

test('the relay limits every queue that an agent can declare, and none of the platform', async () => {
  const [first, ...others] = fc.sample(queuelocs, 60);
  const queues = [
    ...new Set([first, ...others].flatMap((one) => [agentQueue(`${one}`), processQueue(`${one}`, 4711)])),
  ];
  // A hostile agent may use names that are not queuelocs.
  const odd = [
    'mig.agt.results2',
    'mig.agt.xresults',
    'mig.agt.',
    'mig.agt.heartbeats.',
    'mig.agt.Results',
    'mig.agt.a b',
  ];
  for (const queue of [...queues, ...odd]) await relay.agent.channel.assertQueue(queue, { durable: true });
  await setMarker(relay.scheduler.channel);
  const listed = await queuesOnRelay(['name', 'policy', 'type']);
  const limited = listed.filter(({ policy }) => policy === 'mig-endpoints').map(({ name }) => name);
  expect(limited.sort()).toEqual([...queues, ...odd].sort());
  expect(
    listed
      .filter(({ policy }) => policy === '')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(PLATFORM_QUEUES.sort());
});

test('the pattern of the policy matches only the queues of endpoints', () => {
  const hashes = { scheduler: '', agent: '' };
  const { policies, permissions } = relayDefinitions({ passwordHashes: hashes, vhosts: ['mig'] });
  const pattern = new RegExp(defined(policies[0]).pattern);
  const mayDeclare = new RegExp(defined(permissions.find(({ user }) => user === 'agent')).configure);
  expect(policies).toHaveLength(1);
  for (const queue of PLATFORM_QUEUES) expect(pattern.test(queue)).toBe(false);
  fc.assert(fc.property(queuelocs, (queueloc) => pattern.test(agentQueue(queueloc))));
  const names = fc.oneof(
    fc.string(),
    fc.string().map((text) => `mig.agt.${text}`),
  );
  fc.assert(fc.property(names, (name) => pattern.test(name) === mayDeclare.test(name)));
});

test('the limits of a vhost have room for 100,000 agents', async () => {
  const { slot } = relay;
  const printed = await controlRelay(slot.services.home, ['--quiet', 'list_vhost_limits', '-p', slot.name]);
  const limits = JSON.parse(printed.slice(printed.indexOf('{')));
  // This limit would make RabbitMQ walk through all queues for each new one.
  expect(limits['max-queues']).toBeUndefined();
  expect(limits['max-connections']).toBeGreaterThanOrEqual(200_000);
});

test('a message over the limit closes the channel of its sender, while an answer slightly over its own limit passes', async () => {
  await using sender = await openRelayClient(relay.slot, 'agent');
  const send = (bytes: number) =>
    sender.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_RESULTS,
      body: Buffer.alloc(bytes),
    });
  expect(await send(MAX_RESULT_BYTES)).toBe('confirmed');
  expect(await send(MAX_RESULT_BYTES + 1)).toBe('confirmed');
  await expect(send(MAX_MESSAGE_BYTES + 1)).rejects.toThrow();
});

test('only a full queue refuses messages, and accepts them again when there is room', async () => {
  const [full, other] = ['linux.full.1', 'linux.other.1'];
  for (const queueloc of [full, other]) await declareAgentQueue(relay.agent.channel, queueloc);
  const body = Buffer.alloc(MAX_COMMAND_BYTES, '{');
  const send = (queueloc: string) =>
    relay.scheduler.publish({ exchange: EXCHANGE_TO_AGENTS, routingKey: agentQueue(queueloc), body });
  const outcomes: Outcome[] = [];
  while (outcomes.length < 40 && outcomes.at(-1) !== 'refused') outcomes.push(await send(full));
  expect(outcomes.at(-1)).toBe('refused');
  expect(outcomes.length * MAX_COMMAND_BYTES).toBeLessThanOrEqual(
    MAX_ENDPOINT_QUEUE_BYTES + 3 * MAX_COMMAND_BYTES,
  );
  const beside = await Promise.all([
    send(full),
    send(other),
    send('linux.nobody.1'),
    send(full),
    send(other),
  ]);
  expect(beside).toEqual(['refused', 'confirmed', 'returned', 'refused', 'confirmed']);
  await relay.agent.channel.purgeQueue(agentQueue(full));
  expect(await send(full)).toBe('confirmed');
});

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentQueue, QUEUE_HEARTBEATS, QUEUE_RELAY_MARKER, QUEUE_RESULTS } from '../../contract/names.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { controlRelay } from '../../dev/stack/services/rabbitmq.ts';
import { relayUrl } from '../../dev/stack/services/services.ts';
import { createResources } from '../../platform/async/resources.ts';
import {
  declareAgentQueue,
  declareProcessQueue,
  declareTopology,
  requireClassicDefault,
  setMarker,
} from '../../platform/rabbitmq/topology.ts';
import { openPlatform, type Platform, workerEnv } from '../setup/platform.ts';

const resources = createResources();
let platform: Platform;
let agent: RelayClient;

beforeAll(async () => {
  platform = resources.use(await openPlatform());
  resources.use(await openRelayClient(platform.slot, 'scheduler'));
  agent = resources.use(await openRelayClient(platform.slot, 'agent'));
});
afterAll(() => resources[Symbol.asyncDispose]());

function control(...args: string[]): Promise<string> {
  return controlRelay(platform.slot.services.home, ['--quiet', ...args]);
}

async function list(what: string, vhost: string, ...columns: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse(await control('--formatter', 'json', what, '-p', vhost, ...columns));
}

/** Creates a virtual host with this default queue type. */
async function openVhost(type: string) {
  const name = `${platform.slot.name}-${type}-${randomUUID()}`;
  await control('add_vhost', name, '--default-queue-type', type);
  await control('set_permissions', '-p', name, 'scheduler', '.*', '.*', '.*');
  return {
    slot: { services: platform.slot.services, name },
    [Symbol.asyncDispose]: async () => void (await control('delete_vhost', name)),
  };
}

/** Our agents declare a type, MIG's agents no arguments. */
const DECLARATIONS = {
  ours: (queueloc: string) => declareAgentQueue(agent.channel, queueloc),
  mig: (queueloc: string) => agent.channel.assertQueue(agentQueue(queueloc), { durable: true }),
};

test('MIG’s agents and ours share a queue, in any order of declaration', async () => {
  const orders = fc.array(fc.constantFrom('ours' as const, 'mig' as const), { minLength: 1, maxLength: 6 });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      number++;
      for (const who of order) await DECLARATIONS[who](`linux.shared.${number}`);
    }),
  );
  const listed = await list('list_queues', platform.slot.name, 'name', 'type');
  const shared = listed.filter(({ name }) => String(name).startsWith('mig.agt.linux.shared.'));
  expect(shared).toHaveLength(number);
  expect(new Set(listed.map(({ type }) => type))).toEqual(new Set(['classic']));
});

test('the queues of the platform accept the declaration of MIG’s scheduler, which has no arguments', async () => {
  await using scheduler = await openRelayClient(platform.slot, 'scheduler');
  await setMarker(scheduler.channel);
  for (const queue of [QUEUE_HEARTBEATS, QUEUE_RESULTS, QUEUE_RELAY_MARKER]) {
    await scheduler.channel.assertQueue(queue, { durable: true });
  }
});

test('prefetch is counted for each consumer, never for a channel', async () => {
  const consumers = await list('list_consumers', platform.slot.name, 'queue_name', 'prefetch_count');
  const prefetched = Object.fromEntries(consumers.map((one) => [one.queue_name, one.prefetch_count]));
  expect(prefetched[QUEUE_RESULTS]).toBeGreaterThan(0);
  expect(prefetched[QUEUE_HEARTBEATS]).toBeGreaterThan(0);
  if ((await control('version')).startsWith('3.')) await expectNoGlobalPrefetch();
  else await expectGlobalPrefetchForbidden();
});

/** RabbitMQ before version 4 lists each channel. */
async function expectNoGlobalPrefetch() {
  const printed = await control('--formatter', 'json', 'list_channels', 'vhost', 'global_prefetch_count');
  const channels: { vhost: string; global_prefetch_count: number }[] = JSON.parse(printed);
  const ours = channels.filter(({ vhost }) => vhost === platform.slot.name);
  expect(ours.length).toBeGreaterThan(0);
  expect(new Set(ours.map((one) => one.global_prefetch_count))).toEqual(new Set([0]));
}

/** RabbitMQ 4 does not list them, but rejects such a prefetch where it is forbidden, as on the private relay. */
async function expectGlobalPrefetchForbidden() {
  const isPermitted = await control('eval', 'rabbit_deprecated_features:is_permitted(global_qos).');
  expect(isPermitted.trim()).toMatch(/false$/);
}

describe.each(['quorum', 'stream'])('a virtual host whose queues are %s by default', (type) => {
  test('cannot serve MIG’s agents beside ours, and is refused by name', async () => {
    await using vhost = await openVhost(type);
    await using client = await openRelayClient(vhost.slot, 'scheduler');
    await declareProcessQueue(client.channel, 'linux.own.1', 4711);
    await declareAgentQueue(client.channel, 'linux.shared.1');
    const bare = client.channel.assertQueue(agentQueue('linux.shared.1'), { durable: true });
    await expect(bare).rejects.toThrow(/PRECONDITION_FAILED/);
    const checked = requireClassicDefault(client.connection, vhost.slot.name);
    await expect(checked).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(checked).rejects.toThrow(`"${vhost.slot.name}" must be classic`);
  });

  test('ends a worker at its start, with the setting to change', async () => {
    await using vhost = await openVhost(type);
    const url = relayUrl(platform.slot.services, 'scheduler', vhost.slot.name);
    const worker = spawn(process.execPath, ['--import', 'tsx', 'worker/main.ts'], {
      env: { ...process.env, ...workerEnv(platform), MIG_AMQP_URL: url },
      cwd: ROOT,
      timeout: 100_000,
      killSignal: 'SIGKILL',
    });
    const [[code], printed, logged] = await Promise.all([
      once(worker, 'exit'),
      text(worker.stderr),
      text(worker.stdout),
    ]);
    expect(`${printed}${logged}`).toMatch(/must be classic.*--default-queue-type classic/s);
    expect(code).toBe(1);
  });
});

test('a virtual host with classic queues is accepted, and the check leaves no queue', async () => {
  await using vhost = await openVhost('classic');
  await using client = await openRelayClient(vhost.slot, 'scheduler');
  for (let time = 0; time < 3; time++) await requireClassicDefault(client.connection, vhost.slot.name);
  await declareTopology(client.channel);
  const listed = await list('list_queues', vhost.slot.name, 'name');
  expect(listed.map(({ name }) => name).sort()).toEqual([QUEUE_HEARTBEATS, QUEUE_RESULTS]);
});

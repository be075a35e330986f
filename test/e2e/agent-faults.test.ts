import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  agentQueue,
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { relayUrl } from '../../dev/stack/services/services.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { declareTopology } from '../../platform/rabbitmq/topology.ts';
import {
  type AgentProcess,
  agentSpec,
  hostileAgent,
  openAgent,
  runAgent,
  withMount,
} from '../setup/agent-process.ts';
import { type Commander, createCommander, errorsOf } from '../setup/commands.ts';
import { openFloodingRelay } from '../setup/flooding-relay.ts';
import { openHttpProxy } from '../setup/http-proxy.ts';
import { openSlot, type Slot } from '../setup/platform.ts';
import { openTcpGate, type TcpGate } from '../setup/tcp-gate.ts';

const resources = createResources();
let slot: Slot;
let relay: RelayClient;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
});
afterAll(() => resources[Symbol.asyncDispose]());

async function open(name: string, options: Parameters<typeof openAgent>[2] = {}) {
  const agent = resources.use(await openAgent(slot, name, options));
  return { agent, commander: createCommander(slot, relay, agent) };
}

const lines = (agent: AgentProcess, msg: string) => agent.logged().filter((line) => line.msg === msg);

/** Starts an agent whose connections go through the gate. */
async function openBehindGate(name: string) {
  const gate = resources.use(await openTcpGate(slot.services.relay.host, slot.services.relay.port));
  const url = relayUrl(slot.services, 'agent', slot.name).replace(/:\d+\//, `:${gate.port}/`);
  return { gate, ...(await open(name, { relayUrl: url })) };
}

async function backToHonestRelay(agent: AgentProcess, gate: TcpGate): Promise<void> {
  const before = lines(agent, 'relay connected').length;
  gate.redirect(slot.services.relay.port);
  gate.breakAll();
  await waitFor('the honest relay', () => lines(agent, 'relay connected').length > before);
}

describe('a hostile relay', () => {
  let agent: AgentProcess;
  let commander: Commander;
  beforeAll(async () => {
    ({ agent, commander } = await open('hostile-relay'));
  });

  test('causes one log line and no memory growth with a message of 100 MB in each queue', async () => {
    await using hostile = await openFloodingRelay(slot, { bytes: 100 * 1024 * 1024, count: 1 });
    const { agent, commander, gate } = await openBehindGate('huge');
    gate.redirect(hostile.port);
    gate.breakAll();
    const refused = () => lines(agent, 'message refused').map(({ code }) => code);
    await waitFor('both refusals', () => refused().length >= 2);
    expect(refused()).toEqual(['command_too_large', 'command_too_large']);
    expect(anonymousMegabytes(agent.pid())).toBeLessThan(90);
    await backToHonestRelay(agent, gate);
    await commander.expectServing();
  });

  test.each([
    ['garbage', Buffer.from([0xff, 0x00, 0xfe, 0x01])],
    ['JSON of great depth', Buffer.from('['.repeat(500_000))],
    ['an object of great depth', Buffer.from(`${'{"action":'.repeat(50_000)}1${'}'.repeat(50_000)}`)],
    ['an empty message', Buffer.alloc(0)],
    ['a number out of range', Buffer.from('{"id":1e999}')],
  ])('causes one log line with %s', async (_name, body) => {
    const before = lines(agent, 'message refused').length;
    await relay.sendCommand(agent.queueloc, body);
    await waitFor('the refusal', () => lines(agent, 'message refused').length === before + 1);
    await commander.expectServing();
  });

  test('floods the agent with garbage, which is dropped and leaves the report small', async () => {
    const flood = Array.from({ length: 1000 }, () => relay.sendCommand(agent.queueloc, 'no'));
    await Promise.all(flood);
    await commander.expectServing();
    // The agent returns memory when it has been quiet for three seconds.
    await waitFor('its memory to be returned', () => anonymousMegabytes(agent.pid()) < 60);
    const report = await runAgent(agent.executable, ['-c', agent.config, 'report', '--json']);
    expect(JSON.parse(report.stdout).length).toBeLessThan(600);
  });

  test('exceeds every limit, so that the agent disconnects and returns to an honest relay', async () => {
    await using flooding = await openFloodingRelay(slot);
    const { agent, commander, gate } = await openBehindGate('flooded');
    gate.redirect(flooding.port);
    gate.breakAll();
    await waitFor('it to notice', () =>
      agent.logged().some((line) => line.why === 'the relay delivers more than the prefetch limit'),
    );
    expect(anonymousMegabytes(agent.pid())).toBeLessThan(80);
    await backToHonestRelay(agent, gate);
    await commander.expectServing();
  });
});

test('a relay that accepts and never answers is tried again until it answers', async () => {
  const gate = resources.use(await openTcpGate(slot.services.relay.host, slot.services.relay.port));
  gate.set('swallow');
  const { agent, commander } = await open('mute-relay', {
    relayUrl: relayUrl(slot.services, 'agent', slot.name).replace(/:\d+\//, `:${gate.port}/`),
    isOffline: true,
  });
  await waitFor('two attempts', () => gate.accepted() >= 2, { timeoutMs: 60_000 });
  expect(lines(agent, 'relay connection failed').length).toBe(gate.accepted() - 1);
  expect((await runAgent(agent.executable, ['-c', agent.config, '-q', 'pid'])).stdout).toBe(
    `${agent.pid()}\n`,
  );
  gate.set('forward');
  await waitFor('the relay', () => lines(agent, 'relay connected').length === 1, { timeoutMs: 60_000 });
  await commander.expectServing();
});

test('an agent that is off at the launch of an action runs it on its return before the expiry', async () => {
  const { agent, commander } = await open('returning');
  await agent.kill('SIGTERM');
  const action = await signedAction([await loadKey(slot.people.bob)], { name: 'while you were away' });
  const id = await commander.send(action, commander.nextId());
  await agent.restart();
  expect(await relay.answerTo(id)).toMatchObject({ status: 'success', results: [{ foundanything: true }] });
});

test('a relay that was rebuilt from nothing gets its queue again', async () => {
  const { agent, commander } = await open('rebuilt');
  await relay.channel.deleteExchange(EXCHANGE_TO_AGENTS);
  await relay.channel.deleteQueue(agentQueue(agent.queueloc));
  await waitFor('the agent to miss it', () => lines(agent, 'relay connection failed').length > 0, {
    timeoutMs: 60_000,
  });
  await declareTopology(relay.channel);
  await waitFor('the agent', () => lines(agent, 'relay connected').length >= 2, { timeoutMs: 60_000 });
  await commander.expectServing();
});

test('proxies are tried in order, and the one that works is reported', async () => {
  const refusing = resources.use(await openHttpProxy('403 Forbidden'));
  const working = resources.use(await openHttpProxy());
  const { agent, commander } = await open('proxied', {
    settings: { agent: [`  proxies = "127.0.0.1:1, ${refusing.address}, ${working.address}"`] },
  });
  await commander.expectServing();
  const { host, port } = slot.services.relay;
  expect(refusing.targets).toEqual([`${host}:${port}`]);
  expect(working.targets).toEqual([`${host}:${port}`]);
  const { stdout } = await runAgent(agent.executable, ['-c', agent.config, '-q', 'status']);
  expect(JSON.parse(stdout).environment).toMatchObject({ isproxied: true, proxy: working.address });
});

test('the connection is direct when no proxy works', async () => {
  const { agent, commander } = await open('unproxied', {
    settings: { agent: ['  proxies = "127.0.0.1:1"'] },
  });
  await commander.expectServing();
  const { stdout } = await runAgent(agent.executable, ['-c', agent.config, '-q', 'status']);
  expect(JSON.parse(stdout).environment.isproxied).toBe(false);
});

test('an answer that the relay returned is sent again on the same connection', async () => {
  const { agent, commander } = await open('returned');
  await commander.expectServing();
  const results = [QUEUE_RESULTS, EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS] as const;
  await relay.channel.unbindQueue(...results);
  const answer = commander.sendSigned();
  await waitFor('the line', () => lines(agent, 'answer not stored by the relay').length > 0);
  await relay.channel.bindQueue(...results);
  expect(await answer).toMatchObject({ status: 'success' });
  expect(lines(agent, 'relay connected')).toHaveLength(1);
  expect(lines(agent, 'command finished')).toHaveLength(2);
});

test('with a full disk commands wait on the relay, one log line reports it, and none is lost or run twice', async () => {
  const name = 'full-disk';
  const { home, name: agentName } = agentSpec(slot, name);
  const stateDir = join(home, 'agents', agentName, 'state');
  const { agent, commander } = await open(name, { wrapper: withMount(stateDir, 'size=3m,mode=700') });
  await commander.expectServing();
  const filler = join(`/proc/${agent.pid()}/root`, stateDir, 'filler');
  fill(filler);
  // The last page of the journal has room for a few more lines.
  const answers = Array.from({ length: 8 }, () => commander.sendSigned());
  await waitFor('the line', () => lines(agent, FULL).length === 1);
  await sleep(6000);
  expect(lines(agent, FULL)).toHaveLength(1);
  expect(lines(agent, 'command finished').length).toBeLessThan(9);
  rmSync(filler);
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe('success');
  const finished = lines(agent, 'command finished').map(({ commandId }) => commandId);
  expect(finished).toHaveLength(9);
  expect(new Set(finished).size).toBe(9);
});
const FULL = 'the disk is full or read-only; commands wait in the relay';

test('with a read-only run folder the agent reports it once and works', async () => {
  const name = 'read-only';
  const { home, name: agentName } = agentSpec(slot, name);
  const runDir = join(home, 'agents', agentName, 'run');
  const { agent, commander } = await open(name, { wrapper: withMount(runDir, 'ro,size=4k,mode=755') });
  await commander.expectServing();
  await sleep(2500);
  expect(lines(agent, 'heartbeat file not written')).toHaveLength(1);
  expect(agent.logged().filter(({ msg }) => msg.startsWith('no control socket'))).toHaveLength(1);
});

describe('a clock that jumps', () => {
  const DAY_MS = 86_400_000;
  test('forward and back loses no agent and revives no action', async () => {
    const clock = join(slot.services.home, `${slot.name}-clock`);
    const setClock = (ms: number) => writeFileSync(clock, String(ms));
    setClock(0);
    const { agent, commander } = await open('clock', {
      executable: hostileAgent(),
      env: { MIG_TEST_CLOCK_FILE: clock },
    });
    await commander.expectServing();
    setClock(3 * DAY_MS);
    expect(errorsOf(await commander.sendSigned())).toContain('expireafter is in the past');
    setClock(0);
    await commander.expectServing();
    setClock(-3 * DAY_MS);
    const validFromMs = Date.now() - 3 * DAY_MS - 60_000;
    const old = { validFromMs, expireAfterMs: validFromMs + 600_000 };
    expect(errorsOf(await commander.sendSigned(old))).toContain('expireafter is in the past');
    expect(errorsOf(await commander.sendSigned())).toContain('ValidFrom date is in the future');
    setClock(0);
    await commander.expectServing();
    expect(lines(agent, 'relay connected')).toHaveLength(1);
  });
});

function fill(file: string): void {
  const bytes = Buffer.alloc(4096);
  try {
    for (;;) writeFileSync(file, bytes, { flag: 'a' });
  } catch {
    // it is full
  }
}

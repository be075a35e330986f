import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clockJson } from '../../contract/clock.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../../contract/names.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { writeAgentConfig } from '../../dev/stack/agents.ts';
import { relayUrl } from '../../dev/stack/services/services.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, agentSpec, onMachine, openAgent, runAgent } from '../setup/agent-process.ts';
import { openHttpProxy } from '../setup/http-proxy.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

interface Recorded {
  queueloc: string;
  status: string;
  pid: number;
  environment: { notices?: string[]; addresses?: string[] };
}

const recordsOf = async (queueloc: string): Promise<Recorded[]> => {
  const text = 'SELECT * FROM agents WHERE queueloc = $1 ORDER BY starttime, id';
  const { rows } = await platform.pool.query(text, [queueloc]);
  return rows.map((row) => ({ ...row, environment: JSON.parse(row.environment) }));
};
const recordOf = (queueloc: string) =>
  waitFor(`the record of ${queueloc}`, async () => (await recordsOf(queueloc)).at(-1));
const run = (agent: AgentProcess, ...args: string[]) =>
  runAgent(agent.executable, ['-c', agent.config, ...args]);
/** Writes a file with a machine id. */
const machine = (digit: string) => {
  const file = join(platform.slot.services.home, `${platform.slot.name}-machine-${digit}`);
  writeFileSync(file, `${digit.repeat(31)}0\n`);
  return file;
};

describe('an agent on a copied disk', () => {
  let origin: AgentProcess;
  let clone: AgentProcess;
  beforeAll(async () => {
    origin = platform.use(await openAgent(platform.slot, 'origin', { wrapper: onMachine(machine('a')) }));
    await recordOf(origin.queueloc);
    await origin.kill('SIGTERM');
    clone = platform.use(
      await openAgent(platform.slot, 'clone', {
        wrapper: onMachine(machine('b')),
        written: (config) => {
          const state = join(config, '..', 'state');
          mkdirSync(join(state, '..'), { recursive: true });
          rmSync(state, { recursive: true, force: true });
          cpSync(origin.stateDir, state, { recursive: true });
          rmSync(join(state, 'mig-agent.lock'), { force: true });
        },
      }),
    );
    await origin.restart();
  });

  test('gets an identity of its own, and the original keeps its identity', async () => {
    expect(clone.queueloc).not.toBe(origin.queueloc);
    await waitFor('both', async () => {
      const all = await Promise.all([origin, clone].map(({ queueloc }) => recordsOf(queueloc)));
      return all.every((rows) => rows.some(({ status }) => status === 'online'));
    });
    expect((await recordsOf(origin.queueloc)).map(({ queueloc }) => queueloc)).toContain(origin.queueloc);
  });

  test('reports it in its log, its report, its status and its record on the platform', async () => {
    const notice = `this disk is a copy of another machine's, whose identity is ${origin.queueloc}; this machine has one of its own`;
    expect(clone.logged()).toContainEqual(expect.objectContaining({ msg: 'notice', notice }));
    expect((await run(clone, 'report')).stdout).toContain(`notice\n  because    ${notice}`);
    expect((await run(clone, 'status')).stdout).toContain(`notice: ${notice}\n`);
    expect((await recordOf(clone.queueloc)).environment.notices).toEqual([notice]);
    const found = await platform.api.get(
      `/search?type=agent&target=${encodeURIComponent("environment->>'notices' IS NOT NULL")}`,
    );
    expect(JSON.stringify(found.body)).toContain(notice);
    expect((await recordOf(origin.queueloc)).environment).not.toHaveProperty('notices');
  });
});

test('a damaged identity file is reported everywhere, and the endpoint keeps its identity', async () => {
  await using agent = await openAgent(platform.slot, 'damaged');
  const file = join(agent.stateDir, '.migagtid');
  await agent.kill('SIGTERM');
  rmSync(file);
  writeFileSync(file, 'linux');
  await agent.restart();
  const pid = agent.pid();
  const notice =
    `${file} was damaged (it is not the name of a queue): the identity was read from ${file}.machine; ` +
    `remove ${file}.damaged, where its content is kept, to end this notice`;
  await waitFor('the record', async () =>
    (await recordsOf(agent.queueloc)).some(
      (row) => row.pid === pid && row.environment.notices?.includes(notice),
    ),
  );
  expect(agent.logged()).toContainEqual(expect.objectContaining({ msg: 'notice', notice }));
  expect((await run(agent, 'report')).stdout).toContain(`notice\n  because    ${notice}`);
  expect((await run(agent, 'status')).stdout).toContain(`notice: ${notice}\n`);
  expect(readFileSync(`${file}.damaged`, 'utf8')).toBe('linux');
});

test('an identity file that cannot be read ends the agent with an error that names it', async () => {
  await using agent = await openAgent(platform.slot, 'unreadable');
  await agent.kill('SIGTERM');
  const file = join(agent.stateDir, '.migagtid');
  rmSync(file);
  mkdirSync(file);
  expect(await run(agent, '-f')).toMatchObject({
    code: 1,
    stderr: `mig-agent: ${file}: cannot be read: it is a folder; make it readable, or move it away so that the agent creates a new one\n`,
  });
});

test('a clock that is far off is reported in the log, the report, the status and the record', async () => {
  await using agent = await openAgent(platform.slot, 'clock');
  const relay = platform.use(await openRelayClient(platform.slot, 'scheduler'));
  // As if the platform's clock had been two hours ahead when the heartbeat arrived.
  await recordOf(agent.queueloc);
  const { heartbeatts: sent } = JSON.parse(readFileSync(join(agent.runDir, 'mig-agent.ok'), 'utf8'));
  const received = timestampFromMillis(unixMillis(sent) + 2 * 3_600_000);
  await relay.publish({
    exchange: EXCHANGE_TO_AGENTS,
    routingKey: processQueue(agent.queueloc, agent.pid()),
    body: clockJson({ sent, received }),
  });
  const notice = "this machine's clock is 2 hours behind the platform's: actions may be refused";
  await waitFor('the record', async () =>
    (await recordOf(agent.queueloc)).environment.notices?.includes(notice),
  );
  expect(agent.logged()).toContainEqual(expect.objectContaining({ msg: 'notice', notice }));
  expect((await run(agent, 'report')).stdout).toContain(`notice\n  because    ${notice}`);
  expect((await run(agent, 'status')).stdout).toContain(`notice: ${notice}\n`);
});

test('status shows whether the relay is connected, by which route, and why not', async () => {
  await using agent = await openAgent(platform.slot, 'status');
  const reached = await run(agent, 'status');
  expect(reached.stdout).toMatch(/^agent: running, pid \d+, version \S+$/m);
  expect(reached.stdout).toMatch(/^relay: reached, [\w.]+:\d+$/m);
  expect(reached.code).toBe(0);
  await using away = await openAgent(platform.slot, 'status-away', {
    isOffline: true,
    relayUrl: 'amqps://agent:secret@127.0.0.1:1/mig',
  });
  const status = await waitFor('a failed attempt', async () => {
    const answer = await run(away, 'status');
    return answer.stdout.includes('ECONNREFUSED') ? answer : undefined;
  });
  expect(status.stdout).toMatch(/^relay: not reached, 127\.0\.0\.1:1: .*ECONNREFUSED/m);
  expect(status.stdout).not.toContain('secret');
  expect(status.code).toBe(4);
});

describe('a process that has ended is not online', () => {
  const statuses = async (queueloc: string) =>
    (await recordsOf(queueloc)).map(({ pid, status }) => [pid, status] as const);

  test('after a stop by its own report, after a kill with the start of the next process', async () => {
    await using agent = await openAgent(platform.slot, 'restarted');
    await recordOf(agent.queueloc);
    const first = agent.pid();
    await agent.kill('SIGTERM');
    await waitFor('its goodbye', async () => (await statuses(agent.queueloc))[0]?.[1] === 'idle');
    await agent.restart();
    const second = agent.pid();
    await waitFor('the second', async () =>
      (await statuses(agent.queueloc)).some(([pid, status]) => pid === second && status === 'online'),
    );
    await agent.kill('SIGKILL');
    await agent.restart();
    const third = agent.pid();
    await waitFor('the third alone', async () => {
      const found = new Map(await statuses(agent.queueloc));
      return (
        found.get(first) === 'offline' && found.get(second) === 'offline' && found.get(third) === 'online'
      );
    });
  });
});

test('-target-found finds the endpoint of an answer, also after a restart of its agent', async () => {
  await using agent = await openAgent(platform.slot, 'asked-again');
  await recordOf(agent.queueloc);
  const bob = cliOf(platform, 'bob');
  const passwd = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
  const search = ['file', '-t', `queueloc='${agent.queueloc}'`, '-e', '60s', ...passwd, '--json'];
  const first = JSON.parse((await bob.mig(search)).stdout);
  await agent.kill('SIGTERM');
  await agent.restart();
  const pid = agent.pid();
  await waitFor('the next process alone', async () => {
    const rows = await recordsOf(agent.queueloc);
    return rows.length === 2 && rows.every((row) => row.status === (row.pid === pid ? 'online' : 'offline'));
  });
  const again = await bob.mig([...search, '-target-found', String(first.action.id)]);
  const [command] = JSON.parse(again.stdout).commands;
  expect(command).toMatchObject({ status: 'success', agent: { queueloc: agent.queueloc } });
  expect((await bob.mig([...search, '-target-notfound', String(first.action.id)])).stderr).toContain(
    'the target matches no agent, nothing was launched',
  );
});

test('mig remove removes an endpoint from the fleet when its agent has ended', async () => {
  const agent = platform.use(await openAgent(platform.slot, 'removed'));
  await recordOf(agent.queueloc);
  const bob = cliOf(platform, 'bob');
  const online = await bob.mig(['remove', agent.queueloc]);
  expect(online).toMatchObject({ status: 3, stdout: '' });
  expect(online.stderr).toContain('an agent of this endpoint is online: stop it there first');
  await agent.kill('SIGTERM');
  await waitFor('its goodbye', async () => (await recordOf(agent.queueloc)).status === 'idle');
  const removed = await bob.mig(['remove', agent.queueloc]);
  expect(removed).toMatchObject({
    status: 0,
    stdout: `removed ${agent.name} (${agent.queueloc}), 1 record\n`,
  });
  expect((await recordOf(agent.queueloc)).status).toBe('removed');
  const audit = await bob.mig(['audit', '-kind', 'endpoint_removed']);
  expect(audit.stdout).toContain(agent.queueloc);
  expect(await bob.mig(['remove', 'nonsense'])).toMatchObject({ status: 2 });
});

describe('proxies', () => {
  const LOGIN = 'mig agent:p@ss:w%rd';
  const asUrl = (address: string) => `http://mig%20agent:p%40ss%3Aw%25rd@${address}`;

  test('that require user and password are used, and no password is shown', async () => {
    await using proxy = await openHttpProxy(undefined, { login: LOGIN });
    await using agent = await openAgent(platform.slot, 'login', {
      settings: { agent: [`  proxies = "${asUrl(proxy.address)}"`] },
    });
    const { environment } = await recordOf(agent.queueloc);
    expect(environment).toMatchObject({ isproxied: true, proxy: proxy.address });
    const status = await run(agent, 'status');
    expect(status.stdout).toContain(`through ${proxy.address}\n`);
    const printed = [
      status.stdout,
      (await run(agent, '-q', 'status')).stdout,
      (await run(agent, '-S')).stdout,
    ];
    expect([...printed, JSON.stringify(agent.logged())].join()).not.toMatch(/p@ss|p%40ss/);
  });

  test('that fail are in the status with the reason', async () => {
    await using proxy = await openHttpProxy(undefined, { login: LOGIN });
    await using agent = await openAgent(platform.slot, 'no-login', {
      isOffline: true,
      relayUrl: 'amqps://agent:secret@127.0.0.1:1/mig',
      settings: { agent: [`  proxies = "${proxy.address}"`] },
    });
    const status = await waitFor('a failed attempt', async () => {
      const answer = await run(agent, 'status');
      return answer.stdout.includes('directly') ? answer : undefined;
    });
    expect(status.stdout).toContain(`proxy ${proxy.address}: it answered "HTTP/1.1 407`);
    expect(status.stdout).toMatch(/directly: .*ECONNREFUSED/);
  });

  test('of the environment are used, unless NO_PROXY excepts the relay', async () => {
    await using proxy = await openHttpProxy(undefined, { login: LOGIN });
    const env = { PATH: process.env.PATH ?? '', https_proxy: asUrl(proxy.address) };
    // An address of this machine that is not loopback, so that the agent uses the proxy.
    const { host, port } = platform.slot.services.relay;
    const url = (name: string) =>
      relayUrl(platform.slot.services, 'agent', platform.slot.name).replace(host, name);
    await using asked = await openAgent(platform.slot, 'by-env', {
      env,
      isOffline: true,
      relayUrl: url('relay.invalid'),
    });
    await waitFor('the proxy', () => proxy.targets.includes(`relay.invalid:${port}`));
    await asked.kill('SIGTERM');
    const before = proxy.targets.length;
    await using direct = await openAgent(platform.slot, 'by-itself', {
      env: { ...env, NO_PROXY: 'example.net, .invalid' },
      isOffline: true,
      relayUrl: url('relay.invalid'),
    });
    await waitFor('an attempt', () => direct.logged().some(({ msg }) => msg === 'relay connection failed'));
    expect(proxy.targets).toHaveLength(before);
  });
});

test('mistakes in the configuration are named at start, in the log, the status and the record', async () => {
  await using agent = await openAgent(platform.slot, 'misspelt', {
    settings: { agent: ['  heartbeatfrq = "1s"'], report: ['  evryone = on'] },
    written: (config) => {
      rmSync(join(config, '..', 'agentkeys', 'john.asc'));
      writeFileSync(join(config, '..', 'agentkeys', 'rubbish.asc'), 'no key');
    },
  });
  const keys = join(agent.config, '..', 'agentkeys');
  const problems = [
    `${agent.config}: [agent] heartbeatfrq is no setting; did you mean heartbeatfreq?`,
    `${agent.config}: [report] evryone is no setting; did you mean everyone?`,
    `${join(keys, 'rubbish.asc')}: not an armored PGP public key`,
    expect.stringMatching(/^the ACL names .* \([0-9A-F]{40}\), who has no key here$/),
  ];
  expect((await recordOf(agent.queueloc)).environment.notices).toEqual(problems);
  const logged = agent.logged().filter(({ msg }) => msg === 'configuration');
  expect(logged.map((line) => (line as { problem?: string }).problem)).toEqual(problems);
  const status = await run(agent, 'status');
  for (const problem of problems.slice(0, 3)) expect(status.stdout).toContain(`notice: ${problem}\n`);
});

test('an agent that cannot start with its configuration names the file and the reason', async () => {
  const ca = join(platform.slot.services.home, `${platform.slot.name}-ca`);
  writeFileSync(ca, 'no certificate');
  const files = { ...platform.slot.services.relay.files, ca };
  const spec = agentSpec(platform.slot, 'no-ca', { files });
  const { config } = writeAgentConfig(spec);
  const { code, stderr } = await runAgent(spec.executable, ['-c', config, '-f']);
  expect(code).toBe(1);
  expect(stderr).toBe(`mig-agent: ${config}: [certs] ca: ${ca}: it contains no certificate\n`);
});

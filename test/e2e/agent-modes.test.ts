import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_OPERATION, loadKey, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { writeAgentConfig } from '../../dev/stack/agents.ts';
import { relayUrl } from '../../dev/stack/services/services.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { type AgentProcess, agentSpec, hostileAgent, openAgent, runAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander } from '../setup/commands.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const resources = createResources();
let slot: Slot;
let relay: RelayClient;
let agent: AgentProcess;
let commander: Commander;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
  agent = resources.use(await openAgent(slot, 'modes'));
  commander = createCommander(slot, relay, agent);
});
afterAll(() => resources[Symbol.asyncDispose]());

const run = (...args: string[]) => runAgent(agent.executable, ['-c', agent.config, ...args]);
/** The path of a test file beside the agent's files. */
const file = (name: string, text: string) => {
  const path = join(slot.services.home, `${slot.name}-${name}`);
  writeFileSync(path, text);
  return path;
};

describe('a running agent', () => {
  test('writes the heartbeat of the concepts document into its run folder', () => {
    const ok = JSON.parse(readFileSync(join(agent.runDir, 'mig-agent.ok'), 'utf8'));
    expect(Object.keys(ok)).toEqual([
      'destructiontime',
      'environment',
      'heartbeatts',
      'name',
      'os',
      'pid',
      'queueloc',
      'starttime',
      'version',
    ]);
    expect(Object.keys(ok.environment)).toEqual(['arch', 'ident', 'init']);
  });

  test('answers its administrator, but has no network port', async () => {
    expect((await run('-q', 'pid')).stdout).toBe(`${agent.pid()}\n`);
    const status = JSON.parse((await run('-q', 'status')).stdout);
    expect(status).toMatchObject({
      pid: agent.pid(),
      queueloc: agent.queueloc,
      connected: true,
      mode: 'daemon',
    });
    expect(await run('-q', 'dance')).toMatchObject({
      code: 1,
      stderr: 'mig-agent: unknown command "dance"\n',
    });
    expect(listeningPorts(agent.pid())).toEqual([]);
  });

  test('is the only agent with its state folder', async () => {
    const second = await run('-f');
    expect(second.code).toBe(1);
    expect(second.stdout).toContain(`an agent runs already, with pid ${agent.pid()}`);
  });

  test('prints its settings without secrets', async () => {
    const { stdout } = await run('-S');
    expect(JSON.parse(stdout)).toMatchObject({ heartbeatMs: 2000, limits: { cpuPercent: 50 } });
    expect(stdout).not.toContain(slot.services.relay.passwords?.agent ?? 'PRIVATE KEY');
  });
});

test('the help of a command needs no configuration', async () => {
  for (const command of ['install', 'uninstall', 'status', 'report', 'acl']) {
    const { code, stdout, stderr } = await runAgent(agent.executable, [command, '--help', '-c', '/nowhere']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^mig-agent ${command}.*: .*\\n\\nusage: `));
  }
});

test('a folder where an operator names a file is reported as a folder', async () => {
  const folder = dirname(agent.config);
  const problem = `mig-agent: ${folder}: cannot be read: it is a folder\n`;
  for (const args of [
    ['status', '-c', folder],
    ['-i', folder],
    ['acl', 'check', folder],
  ]) {
    expect(await run(...args)).toEqual({ code: 1, stdout: '', stderr: problem });
  }
});

test('an agent without a relay is refused before it goes to the background', async () => {
  const config = file('no-relay.cfg', readFileSync(agent.config, 'utf8').replace(/^ *relay *=.*$/m, ''));
  const { code, stderr } = await runAgent(agent.executable, ['-c', config, '-b']);
  expect(code).toBe(1);
  expect(stderr).toContain('no relay is configured');
});

test('an action file runs at once, and its results are printed with an indent of two', async () => {
  const path = file('local.json', await signedAction([], { operations: [FILE_OPERATION, FILE_OPERATION] }));
  const { code, stdout } = await run('-i', path);
  expect(code).toBe(0);
  expect(stdout.startsWith('[\n  {\n    "foundanything": true,')).toBe(true);
  expect(JSON.parse(stdout)).toHaveLength(2);
});

describe('acl check', () => {
  const check = async (who: 'bob' | 'john' | 'scheduler', module = 'file') => {
    const key = await loadKey(slot.people[who]);
    const operations = [{ ...FILE_OPERATION, module }];
    const path = file(`acl-${who}.json`, await signedAction([key], { operations }));
    return {
      ...(await run('acl', 'check', path)),
      json: JSON.parse((await run('acl', 'check', path, '--json')).stdout),
    };
  };

  test('accepts, and names the entry', async () => {
    const { code, stdout } = await check('bob');
    expect(code).toBe(0);
    expect(stdout).toContain('This agent would run the action.');
    expect(stdout).toContain('entry default, weight needed 2, given 2');
  });

  test('refuses, and names what is missing and who could provide it', async () => {
    const { code, stdout, json } = await check('john');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'permission denied for operation file, insufficient signatures weight (need 2, got 1)',
    );
    expect(stdout).toContain('weight 2  Bob Kelso');
    expect(json.operations[0]).toMatchObject({ module: 'file', entry: 'default', needed: 2, given: 1 });
  });

  test('the key of the scheduler is accepted for its own module only', async () => {
    expect((await check('scheduler')).code).toBe(1);
    expect((await check('scheduler', 'agentdestroy')).code).toBe(0);
  });
});

describe('the report', () => {
  test('contains every command with signers, parameters and the kind of answer, and every refusal', async () => {
    await commander.sendSigned({ name: 'look for passwd' });
    const john = await loadKey(slot.people.john);
    const id = await commander.send(
      await signedAction([john], { name: 'john alone <b>' }),
      commander.nextId(),
    );
    await relay.answerTo(id);
    const { stdout } = await run('report', '--json');
    const entries = JSON.parse(stdout) as Record<string, unknown>[];
    expect(
      entries.find(({ action }) => (action as { name: string })?.name === 'look for passwd'),
    ).toMatchObject({
      verdict: 'answered',
      signers: [{ name: expect.stringContaining('Bob Kelso'), fingerprint: slot.people.bob.fingerprint }],
      operations: [{ module: 'file', parameters: FILE_OPERATION.parameters }],
      status: 'success',
      answers: [{ module: 'file', foundAnything: true, errors: [] }],
    });
    expect(entries.at(-1)).toMatchObject({
      verdict: 'refused',
      command: id,
      code: 'acl_denied',
      modules: ['file'],
    });
    const text = (await run('report')).stdout;
    expect(text).toContain(`signed by  Bob Kelso`);
    expect(text).toContain('because    parseCommands()');
    const html = (await run('report', '--html')).stdout;
    expect(html).toContain('john alone &#60;b&#62;');
    expect((await run('report', '--json', '--since', '2999-01-01')).stdout.trim()).toBe('[]');
    expect(JSON.parse((await run('report', '-json', '-since', '24h')).stdout)).toEqual(entries);
    expect((await run('report', '-json', '-since', '0s')).stdout.trim()).toBe('[]');
  });

  test('contains no answers, not one found name', async () => {
    const { stdout } = await run('report', '--json');
    expect(stdout).not.toContain('/etc/passwd');
  });
});

test('a change of the environment is reported at once', async () => {
  let address = '192.0.2.1';
  const api = createServer((_request, response) => response.end(address));
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  resources.defer(() => api.close());
  const { port } = api.address() as AddressInfo;
  const settings = {
    agent: ['  discoverpublicip = on', '  refreshenv = "1s"', `  api = "http://127.0.0.1:${port}/api/v1/"`],
  };
  const changing = resources.use(await openAgent(slot, 'changing', { settings }));
  const publicIp = async () => {
    const { stdout } = await runAgent(changing.executable, ['-c', changing.config, '-q', 'status']);
    return JSON.parse(stdout).environment.publicip;
  };
  expect(await publicIp()).toBe('192.0.2.1');
  address = '192.0.2.2';
  await waitFor('the change', async () => (await publicIp()) === '192.0.2.2');
  expect(changing.logged().filter(({ msg }) => msg === 'environment changed')).toHaveLength(1);
});

test('extra privacy masks names in answers', async () => {
  const masked = resources.use(
    await openAgent(slot, 'masked', { settings: { agent: ['  extraprivacymode = on'] } }),
  );
  const answer = await createCommander(slot, relay, masked).sendSigned();
  const text = JSON.stringify(answer.results[0]?.elements);
  expect(text).toContain('"file":"masked"');
  expect(text).not.toContain('"/etc/passwd"');
});

describe('check-in', () => {
  test('runs waiting commands, answers, and ends after ten quiet seconds, never beside a second check-in', async () => {
    const spec = agentSpec(slot, 'checkin');
    const { config, stateDir } = writeAgentConfig(spec);
    const checkIn = () => runAgent(spec.executable, ['-c', config, '-m', 'agent-checkin']);
    const first = await checkIn();
    expect(first.code).toBe(0);
    const started = first.stdout.split('\n').find((line) => line.includes('"agent started"')) ?? '{}';
    const { queueloc, mode } = JSON.parse(started);
    expect(mode).toBe('checkin');
    const key = await loadKey(slot.people.bob);
    const target = { ...agent, queueloc } as AgentProcess;
    const own = createCommander(slot, relay, target);
    const id = await own.send(await signedAction([key], { name: 'for the next check-in' }), own.nextId());
    const startMs = performance.now();
    const running = checkIn();
    await waitFor('the lock', () => existsSync(join(stateDir, 'mig-agent.lock')));
    expect((await checkIn()).stdout).toContain('an agent runs already');
    expect(await relay.answerTo(id)).toMatchObject({ status: 'success' });
    expect((await running).code).toBe(0);
    const seconds = (performance.now() - startMs) / 1000;
    expect(seconds).toBeGreaterThan(10);
    expect(seconds).toBeLessThan(25);
  });

  test('gives up at 110 % of the module timeout when there is no relay', async () => {
    const spec = agentSpec(slot, 'checkin-nowhere', {
      relayUrl: relayUrl(slot.services, 'agent', slot.name).replace(/:\d+\//, ':1/'),
      settings: { agent: ['  moduletimeout = "2s"'] },
    });
    const { config } = writeAgentConfig({ ...spec, settings: { agent: ['  moduletimeout = 2s'] } });
    const { code, stderr } = await runAgent(spec.executable, ['-c', config, '-m', 'agent-checkin']);
    expect(code).toBe(1);
    expect(stderr).toContain('the relay was not reached');
  });
});

test('an agent run by root refuses to start from a folder that others can write, with a remedy', async () => {
  const spec = agentSpec(slot, 'exposed');
  const { config, stateDir } = writeAgentConfig(spec);
  const folder = dirname(config);
  const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '-r'];
  const [program = '', ...args] = [...asRoot, spec.executable, '-c', config, '-f'];
  for (const path of [folder, config]) {
    const mode = statSync(path).mode;
    chmodSync(path, mode | 0o002);
    const { code, stderr } = await runAgent(program, args);
    expect(code).toBe(1);
    expect(stderr).toContain(`${path} can be written by others`);
    expect(stderr).toContain(`chmod go-w '${path}'`);
    chmodSync(path, mode);
  }
  // Nothing was touched before the refusal.
  expect(existsSync(stateDir)).toBe(false);
});

test('an agent in the background restarts itself after a fatal error, and stops when asked', async () => {
  const crash = join(slot.services.home, `${slot.name}-crash`);
  const spec = agentSpec(slot, 'background', {
    settings: { logging: ['  mode = file', `  file = "${crash}.log"`] },
  });
  const { config } = writeAgentConfig(spec);
  const control = (...args: string[]) => runAgent(hostileAgent(), ['-c', config, ...args]);
  const started = await runAgent(hostileAgent(), ['-c', config, '-b'], {
    env: { MIG_TEST_CRASH_FILE: crash, BUN_JSC_useJIT: '1', LD_BIND_NOW: '1' },
  });
  expect(started).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const pid = () =>
    control('-q', 'pid').then(({ code, stdout }) => (code === 0 ? Number(stdout) : undefined));
  const first = await waitFor('the agent', pid);
  const names = readFileSync(`/proc/${first}/environ`, 'utf8')
    .split('\0')
    .map((variable) => variable.split('=', 1)[0]);
  expect(names).toContain('MIG_TEST_CRASH_FILE');
  expect(names.filter((name) => /^(BUN|LD)_/.test(name ?? ''))).toEqual([]);
  writeFileSync(crash, '');
  const second = await waitFor('the next one', async () => {
    const now = await pid();
    return now !== first ? now : undefined;
  });
  expect(second).not.toBe(first);
  expect(readFileSync(`${crash}.log`, 'utf8')).toContain('crashed by a test');
  expect((await control('-q', 'shutdown')).stdout).toBe('shutdown requested\n');
  await waitFor('its end', () => !isAlive(second));
  expect(await control('-q', 'pid')).toMatchObject({ code: 1 });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Returns the inodes of the process's listening sockets. */
function listeningPorts(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode]) =>
          inode !== undefined && (state === '0A' || protocol.startsWith('udp')) && sockets.has(inode),
      )
      .map(([, address = '']) => `${protocol} ${address}`),
  );
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXCHANGE_TO_AGENTS, processQueue } from '../../contract/names.ts';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { buildAgent } from '../../dev/build/build-agent.ts';
import { nativeName, selectTarget } from '../../dev/build/targets.ts';
import { openFileServer, serveFile } from '../../dev/file-server.ts';
import {
  commandJson,
  openRelayClient,
  type RawAnswer,
  type RelayClient,
} from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { agentSpec, runAgent, withMount } from '../setup/agent-process.ts';
import { errorsOf } from '../setup/commands.ts';
import { openHttpProxy } from '../setup/http-proxy.ts';
import { type InstalledAgent, openInstalledAgent } from '../setup/installed-agent.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const OLD = '20260101+aaaaaaa.test';
const NEW = '20260201+bbbbbbb.test';
const PLATFORM = nativeName().replace('-', '/');

const resources = createResources();
const builds = mkdtempSync(join(tmpdir(), 'mig-builds-'));
let slot: Slot;
let relay: RelayClient;
let nextCommand = 1;

beforeAll(async () => {
  resources.defer(() => rmSync(builds, { recursive: true, force: true }));
  for (const version of [OLD, NEW]) buildAgent(selectTarget(nativeName()), binary(version), { version });
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
});
afterAll(() => resources[Symbol.asyncDispose]());

function binary(version: string): string {
  return join(builds, `mig-agent-${version}`);
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** An agent of the old version, on which Bob alone may do everything. */
function openOld(name: string, settings: string[] = [], options: { cgroup?: string } = {}) {
  const written = (config: string) => {
    const file = join(dirname(config), 'acl.cfg');
    const acl = JSON.parse(readFileSync(file, 'utf8'));
    delete acl.agentdestroy;
    writeFileSync(file, JSON.stringify(acl));
  };
  const spec = agentSpec(slot, name, { executable: binary(OLD), settings: { agent: settings }, written });
  return openInstalledAgent(spec, { version: OLD, ...options });
}

/** Sends one operation to the queue of the endpoint or of one process, and waits for the answer. */
async function ask(
  agent: InstalledAgent,
  module: string,
  parameters: unknown,
  pid?: number,
): Promise<RawAnswer> {
  const id = nextCommand++;
  const key = await loadKey(slot.people.bob);
  const action = await signedAction([key], { name: `command ${id}`, operations: [{ module, parameters }] });
  const body = commandJson(id, action, agent.queueloc);
  if (pid === undefined) await relay.sendCommand(agent.queueloc, body);
  else {
    const routingKey = processQueue(agent.queueloc, pid);
    const publish = () => relay.publish({ exchange: EXCHANGE_TO_AGENTS, routingKey, body });
    await waitFor('its own queue', async () => (await publish()) === 'confirmed');
  }
  return relay.answerTo(id);
}

const instruction = (location: string, changes: object = {}) => ({
  [PLATFORM]: { to_version: NEW, location, checksum: sha256(binary(NEW)), ...changes },
});
const elementsOf = (answer: RawAnswer) => answer.results[0]?.elements as Record<string, unknown>;

/** Checks that only the old agent runs, and that nothing is left of another version. */
async function expectUntouched(agent: InstalledAgent): Promise<void> {
  const executable = join(agent.folder, `mig-agent-${OLD}`);
  const traces = () => readdirSync(agent.stateDir).filter((name) => /waiting|pending/.test(name));
  await waitFor(
    'nothing to be left',
    () => agent.files().length === 2 && agent.running().length === 1 && traces().length === 0,
  );
  expect(agent.files()).toEqual(['mig-agent', `mig-agent-${OLD}`]);
  expect(agent.running()).toMatchObject([{ executable }]);
  const answer = await ask(agent, 'agentdestroy', { operation: 'check' });
  expect(answer).toMatchObject({ status: 'success', results: [{ success: true }] });
}

describe('a good upgrade', () => {
  for (const [how, cgroup] of [
    ['beside a plain service manager', ''],
    ['beside one that ends the whole control group of the old agent', `mig-test-${process.pid}`],
  ] as const) {
    test(`${how}: the new version replaces the old one, the service replaces that, and one agent remains`, async () => {
      await using server = await openFileServer(
        dirname(slot.services.relay.files.ca),
        serveFile(binary(NEW)),
      );
      await using agent = await openOld(`good-${cgroup === '' ? 'plain' : 'group'}`, [], { cgroup });
      const before = await agent.status();
      const upgraded = await ask(agent, 'upgrade', instruction(`${server.url}/mig-agent`));
      expect(errorsOf(upgraded)).toBe('');
      const { oldpid, oldversion, oldstarttime, newpid } = elementsOf(upgraded);
      expect({ oldpid, oldversion }).toEqual({ oldpid: before?.pid, oldversion: OLD });
      expect(agent.running()).toHaveLength(2);

      const again = await ask(agent, 'upgrade', instruction(`${server.url}/mig-agent`, { threat: 1 }));
      expect(elementsOf(again)).toMatchObject({ oldpid, newpid });

      const kill = { pid: oldpid, version: OLD, starttime: oldstarttime };
      const killed = await ask(agent, 'agentdestroy', kill, newpid as number);
      expect(elementsOf(killed)).toBe(`PID ${oldpid} from agent ${OLD} has been killed`);
      const service = await waitFor('the service', async () => {
        const status = await agent.status();
        return status?.version === NEW && !status.startedbyupgrade ? status : undefined;
      });
      expect(service.pid).not.toBe(newpid);
      const checked = await ask(agent, 'agentdestroy', { operation: 'check' });
      expect(elementsOf(checked)).toMatchObject({ agents: [{ pid: service.pid, version: NEW }] });
      const removed = await ask(agent, 'agentdestroy', { operation: 'remove', version: OLD });
      expect(elementsOf(removed)).toContain('removed from');
      expect(agent.files()).toEqual(['mig-agent', `mig-agent-${NEW}`]);
      expect(readlinkSync(agent.link)).toBe(`mig-agent-${NEW}`);
      expect(readdirSync(agent.stateDir).filter((name) => /waiting|pending/.test(name))).toEqual([]);
      const idle = await ask(agent, 'upgrade', instruction(`${server.url}/mig-agent`));
      expect(elementsOf(idle)).toEqual({ version: NEW, message: `Agent is already running version ${NEW}` });
    });
  }

  test('an interrupted download resumes, through a proxy', async () => {
    const content = readFileSync(binary(NEW));
    const ranges: (string | undefined)[] = [];
    const serve: RequestListener = (request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      const rest = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, {
        'Content-Length': rest.length,
        ETag: '"one"',
        ...(from > 0 ? { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
      });
      if (from > 0) return void response.end(rest);
      response.write(rest.subarray(0, 1_000_000), () => setTimeout(() => response.destroy(), 200));
    };
    await using proxy = await openHttpProxy();
    await using server = await openFileServer(dirname(slot.services.relay.files.ca), serve);
    await using agent = await openOld('resumed', [`proxies = "${proxy.address}"`]);
    const upgraded = await ask(agent, 'upgrade', instruction(`${server.url}/mig-agent`));
    expect(errorsOf(upgraded)).toBe('');
    expect(ranges).toHaveLength(2);
    expect(Number(ranges[1]?.match(/\d+/)?.[0])).toBeGreaterThan(0);
    expect(proxy.targets).toContain(new URL(server.url).host);
  });
});

describe('a failed upgrade leaves only the old agent, because of', () => {
  let agent: InstalledAgent;
  let serve: RequestListener = (_, response) => response.end();
  let url = '';

  beforeAll(async () => {
    const server = resources.use(
      await openFileServer(dirname(slot.services.relay.files.ca), (request, response) =>
        serve(request, response),
      ),
    );
    url = `${server.url}/mig-agent`;
    agent = resources.use(await openOld('bad', ['upgradewait = "4s"']));
  });

  const failing = async (changes: object, expected: string | RegExp) => {
    const answer = await ask(agent, 'upgrade', instruction(url, changes));
    expect(answer.results[0]).toMatchObject({ success: false, elements: null, statistics: null });
    if (typeof expected === 'string') expect(errorsOf(answer)).toContain(expected);
    else expect(errorsOf(answer)).toMatch(expected);
    await expectUntouched(agent);
  };
  /** Serves another program instead of the agent, with its checksum. */
  const program = (script: string) => {
    const file = join(builds, 'program');
    writeFileSync(file, script);
    chmodSync(file, 0o755);
    serve = serveFile(file);
    return { checksum: sha256(file) };
  };
  const printsVersion = `[ "$1" = -V ] && echo ${NEW} && exit 0\n`;

  test('invalid parameters', async () => {
    await failing({ to_version: '' }, `In ${PLATFORM}, parameter 'to_version' is empty. Expecting version.`);
    await failing({ to_version: '../x' }, "parameter 'to_version' with value '../x' is invalid");
    await failing({ location: 'ftp://x/y' }, "parameter 'location' with value 'ftp://x/y' is invalid");
    await failing({ checksum: 'abc' }, "parameter 'checksum' with value 'abc' is invalid");
    await failing({ checksum: 'z'.repeat(64) }, 'Expecting SHA256 checksum.');
    const elsewhere = await ask(agent, 'upgrade', { 'plan9/mips': instruction(url)[PLATFORM] });
    expect(errorsOf(elsewhere)).toBe(`no upgrade instruction found for ${PLATFORM}`);
  });

  test('an older or incomparable version, unless the action allows it', async () => {
    serve = serveFile(binary(NEW));
    await failing({ to_version: '20250101+ccccccc.test' }, 'is older than');
    await failing({ to_version: 'latest' }, 'cannot be compared');
    await failing({ to_version: 'latest', allow_downgrade: true }, "Version mismatch. Got '20260201");
  });

  test('plain HTTP, no server, an unknown certificate, 404, or a truncated file', async () => {
    const plain = createServer((_, response) => response.end());
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    await failing({ location: `http://127.0.0.1:${port}/x` }, 'over https only');
    plain.close();
    await failing({ location: 'https://127.0.0.1:1/x' }, 'downloadBinary() -> ');
    serve = (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1/x' }).end();
    await failing({}, 'over https only');
    serve = (_, response) => response.writeHead(404).end();
    await failing({}, 'the server answered 404');
    serve = (_, response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('too short', () => response.destroy());
    };
    await failing({}, 'downloadBinary() -> ');
  });

  test('a certificate of another authority', async () => {
    const { makeCertificates } = await import('../../dev/stack/services/certificates.ts');
    const folder = join(builds, 'others');
    await makeCertificates(folder);
    await using other = await openFileServer(folder, serveFile(binary(NEW)));
    await failing(
      { location: `${other.url}/mig-agent` },
      /downloadBinary\(\) -> .*(certificate|CERT|verif)/i,
    );
  });

  test('a file without an end', async () => {
    serve = (_, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    await failing({}, 'the file has more than');
  }, 180_000);

  test('another file than was signed for, while a checksum in capitals is accepted', async () => {
    serve = serveFile(binary(OLD));
    await failing({}, `Checksum validation failed. Got '${sha256(binary(OLD))}'`);
    const capitals = sha256(binary(OLD)).toUpperCase();
    await failing({ checksum: capitals }, `Version mismatch. Got '${OLD}', Expected '${NEW}'.`);
  });

  test('a program that does not run, fails, or prints no version', async () => {
    await failing(program('no program\n'), 'verifyVersion() -> ');
    await failing(program('#!/bin/sh\nexit 3\n'), 'verifyVersion() -> ');
    await failing(program('#!/bin/sh\n'), "Version mismatch. Got '', Expected");
  });

  test('a program that ends at once, and one that never starts', async () => {
    await failing(
      program(`#!/bin/sh\n${printsVersion}exit 3\n`),
      'the new agent ended at once, with exit status 3',
    );
    await failing(program(`#!/bin/sh\n${printsVersion}sleep 600\n`), 'did not start within 20 s');
  }, 180_000);

  test('a new agent that may not replace the old one, and removes itself', async () => {
    serve = serveFile(binary(NEW));
    const upgraded = await ask(agent, 'upgrade', instruction(url));
    expect(errorsOf(upgraded)).toBe('');
    const { newpid } = elementsOf(upgraded);
    await waitFor('the end of the new agent', () => !agent.running().some(({ pid }) => pid === newpid));
    await expectUntouched(agent);
  });

  test('a kill of the new agent while it waits', async () => {
    serve = serveFile(binary(NEW));
    const upgraded = await ask(agent, 'upgrade', instruction(url));
    process.kill(elementsOf(upgraded).newpid as number, 'SIGKILL');
    await expectUntouched(agent);
  });

  test('a disk without room, and one that cannot be written', async () => {
    serve = serveFile(binary(NEW));
    const folder = join(builds, 'small');
    const bytes = statSync(binary(OLD)).size * 1.5;
    for (const [remount, expected] of [
      ['true', 'no space left on device'],
      [`mount -o remount,ro ${folder}`, 'read-only file system'],
    ] as const) {
      const script = `cp ${binary(OLD)} ${folder}/mig-agent && ${remount} && ${folder}/mig-agent -c ${agent.config} -m upgrade && echo && ls -A ${folder}`;
      const [unshare = '', ...args] = [...withMount(folder, `size=${bytes}`), 'sh', '-c', script];
      const input = JSON.stringify({ class: 'parameters', parameters: instruction(url) });
      const { stdout } = await runAgent(unshare, args, { input: `${input}\n` });
      expect(stdout).toContain(expected);
      expect(stdout.trimEnd().split('\n').slice(1)).toEqual(['mig-agent']);
    }
  });
});

test('when the old agent is killed while the new one waits, the new one remains', async () => {
  await using server = await openFileServer(dirname(slot.services.relay.files.ca), serveFile(binary(NEW)));
  await using agent = await openOld('killed');
  const upgraded = await ask(agent, 'upgrade', instruction(`${server.url}/mig-agent`));
  process.kill(elementsOf(upgraded).oldpid as number, 'SIGKILL');
  // The service manager starts the new one, too, which replaces the one that waited.
  await waitFor('the agent of the service alone', async () => {
    const status = await agent.status();
    const isOfService = status?.version === NEW && !status.startedbyupgrade && status.connected;
    return agent.running().length === 1 && isOfService;
  });
  expect(existsSync(join(agent.folder, `mig-agent-${OLD}`))).toBe(true);
  const checked = await ask(agent, 'agentdestroy', { operation: 'check' });
  expect(elementsOf(checked)).toMatchObject({ agents: [{ version: NEW }] });
});

import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources } from '../../platform/async/resources.ts';
import { readProcessStat } from '../../platform/machine/proc-stat.ts';
import { type AgentProcess, hostileAgent, openAgent } from '../setup/agent-process.ts';
import { type Commander, createCommander, errorsOf } from '../setup/commands.ts';
import { commandLinesWith, nextToken, pidsWith } from '../setup/marked-processes.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

/** Long enough for a well-behaved module, even on a busy machine. */
const MODULE_TIMEOUT_S = 10;

const resources = createResources();
let slot: Slot;
let relay: RelayClient;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  relay = resources.use(await openRelayClient(slot, 'scheduler', { consumeResults: true }));
});
afterAll(() => resources[Symbol.asyncDispose]());

describe.each([
  { name: 'with control groups', cgroups: 'on', how: canWriteCgroups() ? /^cgroup v[12]$/ : /^watcher$/ },
  { name: 'without control groups', cgroups: 'off', how: /^watcher$/ },
])('$name', ({ cgroups, how }) => {
  let agent: AgentProcess;
  let commander: Commander;

  beforeAll(async () => {
    const settings = {
      agent: [`  moduletimeout = "${MODULE_TIMEOUT_S}s"`],
      limits: [`  cgroups = ${cgroups}`, '  memory = 128', '  processes = 40'],
    };
    agent = resources.use(
      await openAgent(slot, `limits-${cgroups}`, { executable: hostileAgent(), settings }),
    );
    commander = createCommander(slot, relay, agent);
  });

  const hostile = (behaviour: string, more: object = {}) => ({
    module: 'hostile',
    parameters: { behaviour, ...more },
  });
  const run = (...operations: { module: string; parameters: unknown }[]) =>
    commander.sendSigned({ operations, expireAfterMs: Date.now() + 7_200_000 });

  test('the agent reports how it limits modules', () => {
    expect(agent.logged().find(({ msg }) => msg === 'agent started')?.limits).toMatch(how);
  });

  test('the operations of an action run at the same time', async () => {
    const meeting = mkdtempSync(join(tmpdir(), 'mig-meeting-'));
    resources.defer(() => rmSync(meeting, { recursive: true, force: true }));
    const guests = [1, 2, 3];
    const answer = await run(
      ...guests.map(() => hostile('meet', { folder: meeting, guests: guests.length })),
    );
    expect(answer.status).toBe('success');
    expect(readdirSync(meeting)).toHaveLength(guests.length);
  });

  test('an endless module is killed at the module timeout, and other results are kept', async () => {
    const startMs = performance.now();
    const answer = await run(hostile('sleep', { ms: 600_000 }), hostile('sleep', { ms: 100 }));
    const seconds = (performance.now() - startMs) / 1000;
    expect(answer.status).toBe('timeout');
    expect(errorsOf(answer)).toBe(`module 'hostile' was killed after ${MODULE_TIMEOUT_S.toFixed(1)} s`);
    expect(answer.results[1]).toMatchObject({ success: true, foundanything: true });
    expect(seconds).toBeGreaterThan(MODULE_TIMEOUT_S - 0.1);
  });

  test('a module is killed at the expiry of its action when that comes first', async () => {
    const answer = await commander.sendSigned({
      operations: [hostile('sleep', { ms: 60_000 })],
      expireAfterMs: Date.now() + 1500,
    });
    expect(answer.status).toBe('timeout');
    expect(errorsOf(answer)).toMatch(/^module 'hostile' was killed after (1\.\d|0\.\d) s$/);
  });

  test('a crashed module is recorded as failed, with its last output', async () => {
    const answer = await run(hostile('crash'), hostile('sleep', { ms: 1 }));
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toContain('exit status 3: these are my last words');
    expect(answer.results[1]).toMatchObject({ success: true });
  });

  test('a module that ignores SIGTERM and hides its children is killed with all of them', async () => {
    const token = nextToken();
    const answer = await run(hostile('hide', { token }));
    expect(answer.status).toBe('timeout');
    expect(commandLinesWith(token)).toEqual([]);
  });

  test('processes that a module leaves behind are ended', async () => {
    const token = nextToken();
    const answer = await run(hostile('abandon', { token }));
    expect(answer.status).toBe('success');
    expect(commandLinesWith(token)).toEqual([]);
  });

  test('a module that allocates endlessly is killed, and barred for an hour after the second time', async () => {
    for (const _ of [1, 2]) {
      const answer = await run(hostile('allocate'));
      expect(answer.status).toBe('failed');
      expect(errorsOf(answer)).toBe(`module 'hostile' was killed: it took more memory than it may`);
    }
    const refused = await run(hostile('allocate'));
    expect(refused.status).toBe('failed');
    expect(errorsOf(refused)).toMatch(/was killed 2 times for taking too much memory; it is refused until/);
    await agent.kill('SIGKILL');
    await agent.restart();
    expect(errorsOf(await run(hostile('allocate')))).toMatch(/it is refused until/);
    await commander.expectServing();
  });

  test('a fork bomb is killed completely', async () => {
    const token = nextToken();
    const answer = await run(hostile('bomb', { token }));
    expect(answer.status).toBe('failed');
    expect(errorsOf(answer)).toBe(`module 'hostile' was killed: it took more processes than it may`);
    expect(commandLinesWith(token)).toEqual([]);
    await commander.expectServing();
  });

  test.each(['write', 'complain'])(
    'the endless output of a module that does %s is not kept in memory',
    async (behaviour) => {
      const answer = await run(hostile(behaviour));
      expect(answer.status).toBe('failed');
      expect(errorsOf(answer)).toBe(`module 'hostile' wrote more than 3145728 bytes`);
      expect(anonymousMegabytes(agent.pid())).toBeLessThan(60);
      await commander.expectServing();
    },
  );

  test('all modules together use at most half of the machine', async () => {
    const token = nextToken();
    const running = run(
      hostile('spin', { token, processes: availableParallelism() + 1 }),
      hostile('spin', { token }),
    );
    await waitFor('it to spin', () => commandLinesWith(token).length >= availableParallelism() + 2);
    const [before, startMs] = [cpuSeconds(token), performance.now()];
    await sleep(1500);
    const share =
      (cpuSeconds(token) - before) / ((performance.now() - startMs) / 1000) / availableParallelism();
    expect(share).toBeLessThan(0.6);
    expect(share).toBeGreaterThan(0.1);
    expect((await running).status).toBe('timeout');
    expect(commandLinesWith(token)).toEqual([]);
  });
});

function canWriteCgroups(): boolean {
  const root = '/sys/fs/cgroup';
  const isVersion2 = existsSync(join(root, 'cgroup.controllers'));
  try {
    // Version 1 has a file system for each controller, in a folder that may be read-only.
    accessSync(isVersion2 ? root : join(root, 'memory'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function cpuSeconds(token: string): number {
  return pidsWith(token).reduce((sum, pid) => {
    const stat = readProcessStat(pid);
    return stat ? sum + stat.cpuMs / 1000 : sum;
  }, 0);
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';
import { hostileAgent, runAgent } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { type OfflineAgentProcess, openOfflineAgent } from '../setup/offline-agent.ts';

const EXAMPLE = { examplepersist: '[examplepersist]\ninterval = 1\n' };

const hostile = (behaviour: string) =>
  openOfflineAgent({
    executable: hostileAgent(),
    modules: { hostilepersist: `[hostile]\nbehaviour = ${behaviour}\n` },
  });
const whyEnded = (agent: OfflineAgentProcess) =>
  waitFor(
    'the end of the module',
    () => agent.log().find(({ msg }) => msg === 'persistent module ended')?.why,
  );
const childPids = (agent: OfflineAgentProcess) => agent.log().flatMap(({ childPid }) => childPid ?? []);
const stateOf = async (agent: OfflineAgentProcess) =>
  JSON.parse((await agent.run('-q', 'status')).stdout).persistentmodules;

describe('a persistent module', () => {
  test('runs where its configuration file is, logs, and answers queries on a socket of its own', async () => {
    await using agent = await openOfflineAgent({ executable: inject('agentExecutable'), modules: EXAMPLE });
    expect(await agent.logged(/running, current time is/)).toMatch(
      /^\[examplepersist\] \(module log\) running, current time is 2\d{3}-/,
    );
    expect(agent.log().map(({ msg }) => msg)).toContain(
      '[examplepersist] (module log) module received configuration',
    );
    expect(statSync(join(agent.runDir, 'persist-examplepersist.sock')).mode & 0o777).toBe(0o600);
    expect(await agent.query('examplepersist', { string: 'hello' })).toMatchObject({
      success: true,
      elements: { string: 'hello' },
    });
    expect(await stateOf(agent)).toEqual([
      { name: 'examplepersist', state: 'running', pid: childPids(agent)[0], restarts: 0 },
    ]);
    expect((await agent.run('status')).stdout).toMatch(
      /^module examplepersist: running, pid \d+, 0 restarts$/m,
    );
    expect((await agent.run('report')).stdout).toContain('persistent modules start: examplepersist');
  });

  test('does not run without its file, with -n, or when the configuration says so, and queries say that', async () => {
    const executable = inject('agentExecutable');
    for (const options of [
      {},
      { modules: EXAMPLE, args: ['-n'] },
      { modules: EXAMPLE, settings: 'nopersistmods = on' },
    ]) {
      await using agent = await openOfflineAgent({ executable, ...options });
      expect(await stateOf(agent)).toEqual([]);
      expect((await agent.query('examplepersist', { string: 'x' })).errors).toEqual([
        'module examplepersist is not registered',
      ]);
    }
  });

  test('starts again after it was killed, and its state and restarts are reported', async () => {
    await using agent = await openOfflineAgent({ executable: inject('agentExecutable'), modules: EXAMPLE });
    await agent.logged('module received configuration');
    process.kill(defined(childPids(agent)[0]), 'SIGKILL');
    expect(await whyEnded(agent)).toBe('signal SIGKILL');
    expect(await stateOf(agent)).toEqual([
      { name: 'examplepersist', state: 'waiting', restarts: 0, lastend: 'signal SIGKILL' },
    ]);
    expect((await agent.query('examplepersist', { string: 'x' })).success).toBe(false);
    expect((await agent.run('report')).stdout).toContain(
      'module examplepersist ended and is started again: signal SIGKILL',
    );
    await waitFor('the restart', () => childPids(agent).length === 2);
    await waitFor('the socket', async () => (await stateOf(agent))[0].state === 'running');
    expect(await stateOf(agent)).toMatchObject([{ restarts: 1 }]);
  });

  test('ends with the agent, even when that is killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using agent = await openOfflineAgent({ executable: inject('agentExecutable'), modules: EXAMPLE });
      await agent.logged('module received configuration');
      const pid = defined(childPids(agent)[0]);
      agent.child.kill(signal);
      await waitFor('the end of the module', () => !isProcessRunning(pid));
      await waitFor(
        'the end of the socket',
        () => !existsSync(join(agent.runDir, 'persist-examplepersist.sock')),
      );
    }
  });

  test('with a wrong setting starts with the default, and the setting is named', async () => {
    await using agent = await openOfflineAgent({
      executable: inject('agentExecutable'),
      modules: { examplepersist: '[examplepersist]\ninterval = soon\n' },
    });
    await agent.logged('config interval was <= 0, defaulting to 30 seconds');
    const problem = '[examplepersist] interval: "soon" is not a whole number; the default is used';
    expect((await agent.run('status')).stdout).toContain(problem);
  });
});

describe('a broken or hostile module is killed', () => {
  test.each([
    ['dance', /^not a message: class: /],
    ['mumble', /^not a message: /],
    ['steal-socket', /^it registered a socket that is not unix:.*\/persist-hostilepersist\.sock$/],
    ['endless-line', /^it sent a line of more than 262144 bytes$/],
    ['crash', /^exit status 3$/],
    ['allocate', /^it took more memory than it may$/],
  ])('%s', async (behaviour, why) => {
    await using agent = await hostile(behaviour);
    expect(await whyEnded(agent)).toMatch(why);
    for (const pid of childPids(agent)) expect(isProcessRunning(pid)).toBe(false);
    expect(isProcessRunning(agent.pid)).toBe(true);
  });
});

test('an alert goes to the log while nothing dispatches it', async () => {
  await using agent = await hostile('alert');
  expect(await agent.logged('an alert of a test')).toBe('alert: an alert of a test');
});

test('a flood of log messages is cut, and the module goes on', async () => {
  await using agent = await hostile('flood');
  await agent.logged('flood 100');
  expect(await agent.query('hostilepersist', {})).toMatchObject({ success: true });
  const lines = agent.log().filter(({ msg }) => msg.includes('flood ')).length;
  expect(lines).toBeLessThan(1000);
});

test('-P of a module that is unknown or not persistent logs why, and ends with status 1', async () => {
  const executable = inject('agentExecutable');
  await using agent = await openOfflineAgent({ executable });
  for (const [name, why] of [
    ['nonsense', 'module "nonsense" is not available'],
    ['file', 'module "file" does not support persistence'],
  ] as const) {
    const { code, stdout } = await agent.run('-P', name);
    expect({ code, message: JSON.parse(stdout) }).toEqual({
      code: 1,
      message: { class: 'log', parameters: { message: why } },
    });
  }
});

test('-P ends with status 0 when stdin closes, and ignores unknown messages', async () => {
  await using agent = await openOfflineAgent({ executable: inject('agentExecutable') });
  const { folder } = agent;
  const args = ['-c', join(folder, 'mig-agent.cfg'), '-P', 'examplepersist'];
  const input = '{"class":"stop"}\n{"class":"ping"}\n';
  const { code, stdout } = await runAgent(inject('agentExecutable'), args, { input });
  const path = join(agent.runDir, 'persist-examplepersist.sock');
  expect(code).toBe(0);
  expect(stdout).toBe(`{"class":"register","parameters":{"sockpath":"unix:${path}"}}\n{"class":"ping"}\n`);
});

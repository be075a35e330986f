import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { dataFolder } from '../../dev/stack/services/postgres.ts';
import { runningDaemon, runningDaemons } from '../../dev/stack/services/processes.ts';
import { stopAll } from '../../dev/stack/services/stop-all.ts';
import { waitFor } from '../../dev/wait-for.ts';

const home = mkdtempSync(join(tmpdir(), 'mig-stack-'));
afterAll(async () => {
  await stopAll(home);
  rmSync(dataFolder(home), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
});

const SCRIPTS = { up: 'dev/up.ts', down: 'dev/down.ts', demo: 'dev/demo/demo.ts' };

/** Runs one of the development commands as a person does. */
async function run(command: keyof typeof SCRIPTS, args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, SCRIPTS[command]), ...args], {
    env: { ...process.env, MIG_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: ROOT,
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { status, stdout, stderr };
}

function runningNames(): string[] {
  return runningDaemons(home)
    .map(({ name }) => name)
    .sort();
}

function readStack() {
  return JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8'));
}

test('up starts everything, finds it again and repairs a crash, and down leaves nothing running', async () => {
  const first = await run('up');
  expect({ status: first.status, stderr: first.stderr }).toMatchObject({ status: 0 });
  expect(first.stdout).toContain('Temporal UI  http://127.0.0.1:');
  expect(runningNames()).toEqual(['agent-1', 'api', 'epmd', 'postgres', 'rabbitmq', 'temporal', 'worker']);
  for (const file of ['stack.json', 'temporal.db'])
    expect(statSync(join(home, file)).mode & 0o777, file).toBe(0o600);
  const stack = readStack();
  expect(Object.keys(stack)).toEqual([
    'api',
    'postgres',
    'relay',
    'temporal',
    'investigator',
    'scheduler',
    'agents',
  ]);
  expect((await fetch(`${stack.api.url}/heartbeat`)).status).toBe(200);

  const again = await run('up');
  expect(again.stderr).toContain('the stack is running already');
  expect(readStack()).toEqual(stack);

  const more = await run('up', ['--agents', '2']);
  expect(more.status).toBe(0);
  expect(readStack().agents.map(({ name }: { name: string }) => name)).toEqual(['agent-1', 'agent-2']);

  process.kill(-runningDaemon(home, 'api').pid, 'SIGKILL');
  await waitFor('the crash', () => !runningNames().includes('api'));
  const mended = await run('up');
  expect(mended, mended.stderr).toMatchObject({ status: 0 });
  expect(runningNames()).toContain('api');
  expect((await fetch(`${readStack().api.url}/heartbeat`)).status).toBe(200);
  expect(readStack().agents[0].queueloc).toBe(stack.agents[0].queueloc);

  process.kill(-runningDaemon(home, 'worker').pid, 'SIGKILL');
  await waitFor('the crash', () => !runningNames().includes('worker'));
  const both = await Promise.all([run('up'), run('up')]);
  expect(both.map(({ status }) => status)).toContain(0);
  for (const { status, stderr } of both) {
    if (status !== 0) expect(stderr).toContain('is starting or stopping the stack');
  }
  expect(runningNames()).toEqual(['agent-1', 'api', 'epmd', 'postgres', 'rabbitmq', 'temporal', 'worker']);

  const down = await run('down');
  expect(down.stdout).toMatch(/^stopped .*postgres/);
  expect(runningNames()).toEqual([]);
  expect(existsSync(join(home, 'stack.json'))).toBe(false);
  expect((await run('down')).stdout).toBe('nothing was running\n');
});

test('a missing or wrong setting is reported in one sentence', async () => {
  const unknown = await run('up', ['--agentz']);
  expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('unknown argument: --agentz') });
  const halfARelay = await run('up', [], { MIG_AMQP_URL: 'amqps://scheduler:x@localhost:1/mig' });
  expect(halfARelay.stderr).toBe('MIG_AMQP_URL is set, so MIG_AMQP_CA_FILE must name a PEM file\n');
  for (const [name, wrong] of [
    ['MIG_POSTGRES_URL', 'localhost'],
    ['MIG_POSTGRES_URL', 'mysql://localhost'],
    ['MIG_AMQP_URL', 'localhost:5671'],
    ['MIG_AMQP_URL', 'amqps://guest:x@localhost'],
  ] as const) {
    const { stderr, status } = await run('up', [], { [name]: wrong });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(new RegExp(`^${name} must be [^\n]*\n$`)),
    });
  }
  const help = await run('demo', ['--help']);
  expect(help.stdout).toContain('npm run demo');
});

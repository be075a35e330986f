import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { freePort } from '../../dev/ports.ts';
import { writeMigrc } from '../../dev/stack/investigator.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { openAgent } from '../setup/agent-process.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import { openTcpGate, type TcpGate } from '../setup/tcp-gate.ts';

/** The waits of the runner double, and a busy machine ends actions late. */
const LONG = { timeoutMs: 240_000 };

let platform: Platform;
let gate: TcpGate;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 3 }));
  platform.use(await openAgent(platform.slot, 'runner'));
  await waitFor(
    'registration',
    async () => (await platform.pool.query('SELECT 1 FROM agents')).rowCount === 4,
  );
  gate = platform.use(await openTcpGate('127.0.0.1', Number(new URL(platform.apiUrl).port)));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

interface Stored {
  action: { id: number; name: string; status: string; counters: Record<string, number> };
  commands: { status: string; agent: { name: string }; results: { foundanything: boolean }[] }[];
  name: string;
  plugin: string;
}

/** A folder of a runner with one job, and a plugin that keeps what it gets. */
function makeFolder(job: { schedule: string; target?: string; plugin?: string; expiry?: string }) {
  const folder = mkdtempSync(join(platform.slot.services.home, 'runner-'));
  const jobFolder = join(folder, 'runners', 'daily');
  const received = join(folder, 'received');
  for (const path of [jobFolder, received, join(folder, 'plugins')]) mkdirSync(path, { recursive: true });
  const address = new URL(platform.apiUrl);
  address.port = String(gate.port);
  writeMigrc(join(folder, 'migrc'), { apiUrl: address.href, key: platform.people.bob });
  const config = join(folder, 'runner.cfg');
  writeFileSync(
    config,
    `[runner]\n directory = "${folder}"\n checkdirectory = 1\n[client]\n clientconfpath = "${folder}/migrc"\n`,
  );
  const plugin = (name: string, script: string) => {
    writeFileSync(join(folder, 'plugins', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'plugins', name), 0o755);
  };
  plugin('keep', `file=$(mktemp ${received}/XXXXXXXX) && cat > $file && mv $file $file.json`);
  const entity = ({ schedule, plugin = 'keep', expiry = '3s' }: typeof job) =>
    writeFileSync(
      join(jobFolder, 'entity.cfg'),
      `[configuration]\n schedule = "${schedule}"\n plugin = "${plugin}"\n expiry = "${expiry}"\n`,
    );
  entity(job);
  const parameters = { searches: { s1: { paths: ['/etc'], names: ['^passwd$'], options: { maxdepth: 1 } } } };
  writeFileSync(
    join(jobFolder, 'action.json'),
    JSON.stringify({
      name: 'replaced',
      target: job.target ?? "name LIKE 'sim-%'",
      operations: [{ module: 'file', parameters }],
      threat: { ref: 'test1', level: 'low' },
    }),
  );
  const filesIn = (path: string) =>
    existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  const jsonIn = (path: string) =>
    filesIn(path)
      .filter((name) => name.endsWith('.json'))
      .map((name): Stored => JSON.parse(readFileSync(join(path, name), 'utf8')));
  return {
    folder,
    jobFolder,
    config,
    plugin,
    entity,
    received: () => jsonIn(received),
    stored: () => jsonIn(join(jobFolder, 'results')),
    inFlight: () => filesIn(join(jobFolder, 'inflight')),
    launching: () => filesIn(join(jobFolder, 'launching')),
    /** Nothing is in progress any more. */
    isQuiet: () =>
      filesIn(join(jobFolder, 'inflight')).length + filesIn(join(jobFolder, 'launching')).length === 0,
    /** New launches end, and what was launched goes on. */
    retire: () => rmSync(join(jobFolder, 'entity.cfg')),
  };
}

interface LoggedEvent {
  event: string;
  level: string;
  job?: string;
  message: string;
  actionId?: number;
  scheduled?: string;
}

function startRunner(config: string, ...flags: string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(ROOT, 'cli/mig.js'), 'runner', '-c', config, ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = exitStatus(child);
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => (text.out += chunk));
  child.stderr?.on('data', (chunk) => (text.err += chunk));
  return {
    ended,
    text,
    events: (): LoggedEvent[] =>
      text.out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

async function launchedIds(): Promise<number[]> {
  const { rows } = await platform.pool.query('SELECT id FROM actions ORDER BY id');
  return rows.map(({ id }) => Number(id));
}

test('a job is launched at its times, and its plugin gets what is stored', async () => {
  const job = makeFolder({ schedule: '*/3 * * * * * *' });
  const runner = startRunner(job.config, '--json');
  await waitFor('an action in flight', () => job.inFlight().length > 0);
  await waitFor('two deliveries', () => job.received().length >= 2);
  job.retire();
  await waitFor('the end', job.isQuiet, LONG);
  expect(await runner.stop()).toBe(0);
  const [first] = job.received();
  expect(job.stored()).toContainEqual(first);
  expect(first).toMatchObject({
    name: 'daily',
    plugin: 'keep',
    action: { name: 'mig-runner: daily', status: 'completed' },
  });
  expect(first?.commands.map(({ agent }) => agent.name).sort()).toEqual(['sim-0', 'sim-1', 'sim-2']);
  expect(
    runner
      .events()
      .filter(({ level }) => level === 'error')
      .map(({ event }) => event),
  ).toEqual(['job-refused']);
});

test('a runner that is killed at any moment loses nothing and launches nothing twice', async () => {
  const before = new Set(await launchedIds());
  const job = makeFolder({ schedule: '* * * * * * *' });
  const scheduled = new Map<string, Set<number>>();
  const note = ({ event, scheduled: time, actionId = 0 }: LoggedEvent) => {
    if (event === 'launched' && time) scheduled.set(time, (scheduled.get(time) ?? new Set()).add(actionId));
  };
  for (let round = 0; round < 8; round++) {
    const runner = startRunner(job.config, '--json');
    await waitFor('a launch', () => runner.events().some(({ event }) => event === 'launched'));
    await sleep(Math.random() * 1500);
    await runner.stop('SIGKILL');
    for (const event of runner.events()) note(event);
  }
  job.retire();
  const last = startRunner(job.config, '--json');
  await waitFor('the end', job.isQuiet, LONG);
  expect(await last.stop()).toBe(0);
  for (const event of last.events()) note(event);
  const launched = (await launchedIds()).filter((id) => !before.has(id));
  expect(launched.length).toBeGreaterThanOrEqual(8);
  const idsOf = (found: Stored[]) => found.map(({ action }) => action.id).sort((one, other) => one - other);
  expect(idsOf(job.stored())).toEqual(launched);
  expect([...new Set(idsOf(job.received()))]).toEqual(launched);
  expect([...scheduled.values()].filter((ids) => ids.size > 1)).toEqual([]);
});

test('while the API is unreachable nothing is lost', async () => {
  const before = new Set(await launchedIds());
  const job = makeFolder({ schedule: '*/2 * * * * * *', expiry: '20s' });
  const runner = startRunner(job.config, '--json');
  await waitFor('an action in flight', () => job.inFlight().length > 0);
  gate.redirect(await freePort());
  gate.breakAll();
  await waitFor('a launch that is retried', () =>
    runner.events().some(({ event }) => event === 'launch-retried'),
  );
  job.retire();
  await waitFor('results that are retried', () =>
    runner.events().some(({ event }) => event === 'results-retried'),
  );
  gate.redirect(Number(new URL(platform.apiUrl).port));
  await waitFor('the end', job.isQuiet, LONG);
  expect(await runner.stop()).toBe(0);
  const launched = (await launchedIds()).filter((id) => !before.has(id));
  expect(
    job
      .stored()
      .map(({ action }) => action.id)
      .sort((one, other) => one - other),
  ).toEqual(launched);
  expect(job.received()).toHaveLength(launched.length);
});

describe('mig runner', () => {
  test('--check prints the next times of each job, and names what is wrong with the others', async () => {
    const job = makeFolder({ schedule: '0 6 * * MON', plugin: 'keep' });
    const good = startRunner(job.config, '--check');
    expect(await good.ended).toBe(0);
    expect(good.text.out).toMatch(
      /^daily {2}0 6 \* \* MON {2}\(valid 3s, keep\)\n( {2}\d{4}-\d\d-\d\d 06:00:00 [+-]\d\d:\d\d\n){3}$/,
    );
    job.entity({ schedule: '0 6 31 2 *' });
    const bad = startRunner(job.config, '--check');
    expect(await bad.ended).toBe(1);
    expect(bad.text.out).toContain(
      `${job.jobFolder}/entity.cfg line 2: [configuration] schedule "0 6 31 2 *" never fires`,
    );
  });

  test('--once launches a job, awaits every answer and runs its plugin', async () => {
    const job = makeFolder({ schedule: '@yearly', target: "name LIKE '%-runner'", expiry: '5m' });
    const runner = startRunner(job.config, '--once', 'daily');
    expect({ status: await runner.ended, ...runner.text }).toMatchObject({ status: 0 });
    expect(runner.text.out).toMatch(
      /^action \d+: 1 sent, 1 done, 1 succeeded: \S+\/results\/\d{8}\/\d+\.json\n$/,
    );
    expect(job.received()).toEqual(job.stored());
    expect(job.stored()[0]?.commands[0]).toMatchObject({
      status: 'success',
      results: [{ foundanything: true }],
    });
    expect(job.inFlight()).toEqual([]);
    const unknown = startRunner(job.config, '--once', 'dayly');
    expect(await unknown.ended).toBe(2);
    expect(unknown.text.err).toContain('there is no job "dayly"; the jobs are: daily');
  });

  test('reports a plugin that fails, with its status and its last lines, and keeps the results', async () => {
    const job = makeFolder({ schedule: '@yearly', plugin: 'broken' });
    job.plugin('broken', 'echo "cannot reach \u001b[31mthe SIEM" >&2; exit 3');
    const runner = startRunner(job.config, '--once', 'daily');
    expect(await runner.ended).toBe(1);
    expect(runner.text.err).toContain('[error] daily: plugin broken: cannot reach \\u{1b}[31mthe SIEM');
    expect(runner.text.err).toMatch(
      /plugin broken failed on action \d+: exit status 3; to repeat it: \S+\/broken < \S+\.json/,
    );
    expect(job.stored()).toHaveLength(1);
  });

  test('is refused on a folder where another runner works, and ends with 0 on SIGTERM', async () => {
    const job = makeFolder({ schedule: '@yearly' });
    const first = startRunner(job.config);
    await waitFor('the start', () => first.text.err.includes('job added'));
    const second = startRunner(job.config);
    expect(await second.ended).toBe(3);
    expect(second.text.err).toMatch(/another runner \(process \d+\) works on/);
    expect(await first.stop()).toBe(0);
    expect(first.text.err).toContain('runner stops');
    expect(existsSync(join(job.folder, 'runner.lock'))).toBe(false);
  });

  test('an action that the API refuses fails its run, and not the job', async () => {
    const job = makeFolder({ schedule: '*/2 * * * * * *', target: 'nonsense = 1' });
    const runner = startRunner(job.config, '--json');
    const failures = () => runner.events().filter(({ event }) => event === 'launch-failed');
    await waitFor('two failures', () => failures().length >= 2);
    expect(await runner.stop()).toBe(0);
    expect(failures()[0]).toMatchObject({ level: 'error', job: 'daily' });
    expect({ launching: job.launching(), inFlight: job.inFlight() }).toEqual({ launching: [], inFlight: [] });
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createResources, type Resources } from '../../platform/async/resources.ts';
import { type AgentProcess, openAgent, withFolder } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { openPlatform, type Platform, workerEnv } from '../setup/platform.ts';
import { fileCheck, type PostedSweep, postSweep, signParts, sweepText } from '../setup/sweeps.ts';
import { openTemporalServer, type TemporalServer } from '../setup/temporal-server.ts';

// Three runs of one sweep, planned by a real schedule a minute apart, through everything that may go wrong between them.

const CHECKS = ['sshd_config', 'auditd.conf', 'issue.net'];
const AGENTS = ['web', 'mail', 'files'] as const;
const MINUTE_MS = 60_000;
/** Three runs, a minute before the first, and time for a slow machine. */
const TIMEOUT_MS = 8 * MINUTE_MS;
/** A folder that every Linux has. Each agent sees another one in its place. */
const FOLDER = '/mnt';

let resources: Resources;
let platform: Platform;
let server: TemporalServer;
let sweep: PostedSweep;
let agents: Endpoint[];
let runs: RunRow[];
let changedAtMs: number;
/** The items after each run. */
let items: ItemRow[][];

beforeAll(async () => {
  resources = createResources();
  platform = resources.use(
    await openPlatform({
      worker: false,
      temporal: async (namespace) => {
        server = await openTemporalServer(namespace);
        return server;
      },
    }),
  );
  let worker = resources.use(startWorkerProcess());
  agents = await Promise.all(AGENTS.map(openEndpoint));
  await waitFor('registration', async () => (await readRows('SELECT id FROM agents')).length === 3);
  sweep = await postSweep(platform.api, document());
  await signAhead(12 * MINUTE_MS);
  items = [];

  const first = await runOf(0);
  await waitForEnd(first);
  items.push(await readItems());

  rmSync(join(endpoint('mail').folder, 'auditd.conf'));
  changedAtMs = Date.now();
  const second = await whileFrozen(endpoint('files'), async () => {
    const started = await runOf(1);
    await waitFor('two of three answers', async () => (await countAnswers(started.id)) === 2);
    await worker.kill();
    return started;
  });
  worker = resources.use(startWorkerProcess());
  await waitForEnd(second);
  items.push(await readItems());

  await server.wipe();
  const third = await runOf(2);
  await waitForEnd(third);
  items.push(await readItems());
  await platform.api.form('/sweep/pause/', { sweepid: String(sweep.id) });
  runs = await readRuns();
}, TIMEOUT_MS);
afterAll(() => resources?.[Symbol.asyncDispose]());

describe('three runs of a schedule, with a worker killed in one and the store of Temporal lost before the next', () => {
  test('no planned minute is lost and none has two runs', () => {
    const minutes = runs.map(({ plannedat }) => Date.parse(plannedat) / MINUTE_MS);
    const firstMinute = defined(minutes[0]);
    expect(minutes).toEqual(minutes.map((_, index) => firstMinute + index));
    const [first, second, third] = runs;
    for (const run of [first, second, third]) {
      expect(run).toMatchObject({
        kind: 'schedule',
        state: 'complete',
        reason: null,
        targeted: 3,
        answered: 3,
      });
    }
  });

  test('every run has one action, and every endpoint ran its command once', async () => {
    const launched = await readRows<{ runid: number; actionid: number }>('SELECT * FROM sweep_actions');
    expect(new Set(launched.map(({ runid }) => runid)).size).toBe(launched.length);
    const actions = await readRows('SELECT id FROM actions');
    expect(actions).toHaveLength(launched.length);
    for (const { id } of runs.slice(0, 3)) {
      const { actionid } = defined(launched.find(({ runid }) => runid === id));
      const commands = await readRows<{ id: number; queueloc: string; status: string }>(
        'SELECT id, queueloc, status FROM commands WHERE actionid = $1',
        [actionid],
      );
      expect(commands.map(({ status }) => status)).toEqual(['success', 'success', 'success']);
      for (const { agent } of agents) {
        const { id: commandId } = defined(commands.find(({ queueloc }) => queueloc === agent.queueloc));
        const ran = agent
          .logged()
          .filter((line) => line.msg === 'command finished' && line.commandId === commandId);
        expect(ran).toHaveLength(1);
      }
    }
  });

  test('one change of one endpoint flips one item, in the run after it', async () => {
    const flips = await readRows<{ at: string; detail: object }>(
      `SELECT at, detail FROM events WHERE kind = 'sweep.flipped'`,
    );
    const mail = endpoint('mail').agent;
    const [first, second] = runs;
    expect(flips.map(({ detail }) => detail)).toEqual([
      {
        sweepid: sweep.id,
        runid: second?.id,
        queueloc: mail.queueloc,
        agent: mail.name,
        check: 'auditd.conf',
        from: 'pass',
        to: 'fail',
      },
    ]);
    const flippedAtMs = Date.parse(defined(flips[0]).at);
    expect(flippedAtMs).toBeGreaterThan(changedAtMs);
    expect(flippedAtMs).toBeLessThanOrEqual(Date.parse(defined(second?.finishedat)));
    expect(Date.parse(defined(first?.finishedat))).toBeLessThan(changedAtMs);
  });

  test('an item says since when and since which run it fails, however often it fails again', () => {
    const [first, second, third] = runs.map(({ id }) => id);
    const [before, after, later] = items.map(itemOf('mail', 'auditd.conf'));
    expect(before).toMatchObject({ status: 'pass', firstfailedrun: null, run: first });
    expect(after).toMatchObject({ status: 'fail', firstfailedrun: second, run: second });
    expect(later).toMatchObject({ status: 'fail', firstfailedrun: second, run: third });
    expect(Date.parse(defined(before?.since))).toBeLessThan(changedAtMs);
    expect(Date.parse(defined(after?.since))).toBeGreaterThan(changedAtMs);
    expect(later?.since).toBe(after?.since);
    expect(later?.changedat).toBe(after?.changedat);
  });

  test('all other items keep their verdict and its time, and each run has checked them', () => {
    const [initial, ...others] = items.map((list) => list.filter((item) => !isFlipped(item)));
    expect(initial).toHaveLength(CHECKS.length * AGENTS.length - 1);
    for (const [index, list] of others.entries()) {
      const run = runs[index + 1];
      const expected = defined(initial).map((item) => ({
        ...item,
        run: run?.id,
        checkedat: expect.any(String),
      }));
      expect(list).toEqual(expected);
    }
  });
});

interface Endpoint {
  /** What the agent sees as its folder. */
  folder: string;
  agent: AgentProcess;
}

async function openEndpoint(name: (typeof AGENTS)[number]): Promise<Endpoint> {
  const { services, name: slotName } = platform.slot;
  const folder = join(services.home, slotName, `folder-${name}`);
  mkdirSync(folder, { recursive: true });
  for (const file of CHECKS) writeFileSync(join(folder, file), `${file} of ${name}\n`);
  const wrapper = withFolder(folder, FOLDER);
  return { folder, agent: resources.use(await openAgent(platform.slot, name, { wrapper })) };
}

function endpoint(name: (typeof AGENTS)[number]): Endpoint {
  return defined(agents[AGENTS.indexOf(name)]);
}

function document(): string {
  return sweepText({
    name: 'every minute',
    schedule: { cron: '* * * * *', catchup: '2m' },
    validity: '3m',
    checks: CHECKS.map((name) => fileCheck(name, FOLDER)),
  });
}

/** Signs every run that Temporal plans from now on for a while. */
async function signAhead(ms: number): Promise<void> {
  const fields = { sweepid: String(sweep.id) };
  const until = new Date(Date.now() + ms).toISOString();
  const answer = await platform.api.get(`/sweep/times?sweepid=${sweep.id}&until=${until}`);
  expect(answer.status, answer.text).toBe(200);
  const planned: string[] = answer.body.collection.items[0].data[0].value.planned;
  const signed = await Promise.all(
    planned.map(async (plannedat) => ({
      plannedat,
      parts: await signParts(platform.api.key, sweep, plannedat),
    })),
  );
  const posted = await platform.api.form('/sweep/sign/', { ...fields, runs: JSON.stringify(signed) });
  expect(posted.status, posted.text).toBe(202);
}

/** A worker in a process of its own, which can be killed. */
function startWorkerProcess(): AsyncDisposable & { kill(): Promise<void> } {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'worker', 'main.ts')], {
    env: { PATH: process.env.PATH, ...workerEnv(platform) },
    stdio: 'ignore',
    cwd: ROOT,
  });
  const ended = once(child, 'exit');
  const stop = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { kill: () => stop('SIGKILL'), [Symbol.asyncDispose]: () => stop('SIGTERM') };
}

/** A stopped endpoint does not answer, so that a run stays in its middle. */
async function whileFrozen<T>({ agent }: Endpoint, work: () => Promise<T>): Promise<T> {
  process.kill(agent.pid(), 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(agent.pid(), 'SIGCONT');
  }
}

interface RunRow {
  id: number;
  plannedat: string;
  finishedat: string | null;
  kind: string;
  state: string;
  targeted: number;
  answered: number;
}

async function readRows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const { rows } = await platform.pool.query<Row>(text, values);
  return rows;
}

function readRuns(): Promise<RunRow[]> {
  return readRows('SELECT * FROM sweep_runs WHERE sweepid = $1 ORDER BY plannedat', [sweep.id]);
}

/** Waits until the run of this planned minute has begun. */
async function runOf(index: number): Promise<RunRow> {
  return waitFor(`run ${index + 1}`, async () => (await readRuns())[index], { timeoutMs: 3 * MINUTE_MS });
}

async function waitForEnd({ id }: RunRow): Promise<void> {
  const hasEnded = async () => (await readRuns()).find((run) => run.id === id)?.finishedat !== null;
  await waitFor(`end of run ${id}`, hasEnded, { timeoutMs: 2 * MINUTE_MS });
}

async function countAnswers(runId: number): Promise<number> {
  const answered = await readRows(
    `SELECT c.id
     FROM sweep_actions s
     JOIN commands c ON c.actionid = s.actionid
     WHERE s.runid = $1 AND c.status = 'success'`,
    [runId],
  );
  return answered.length;
}

interface ItemRow {
  check: string;
  queueloc: string;
  status: string;
  since: string | null;
  firstfailedrun: number | null;
  changedat: string;
  run: number;
  checkedat: string;
}

async function readItems(): Promise<ItemRow[]> {
  const answer = await platform.api.get(`/sweep/items?sweepid=${sweep.id}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.collection.items.map((one: { data: { value: ItemRow }[] }) => one.data[0]?.value);
}

function isFlipped({ check, queueloc }: ItemRow): boolean {
  return check === 'auditd.conf' && queueloc === endpoint('mail').agent.queueloc;
}

function itemOf(name: (typeof AGENTS)[number], check: string): (list: readonly ItemRow[]) => ItemRow {
  const { queueloc } = endpoint(name).agent;
  return (list) => defined(list.find((item) => item.check === check && item.queueloc === queueloc));
}

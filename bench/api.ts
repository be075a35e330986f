import { fork } from 'node:child_process';
import { join } from 'node:path';
import { openFleet } from '../dev/simulation/fleet.ts';
import {
  type BenchPlatform,
  openBenchPlatform,
  say,
  whenAnswered,
  whenRegistered,
} from '../dev/simulation/platform.ts';
import { measureFloors } from './floor.ts';
import { median, report, round, summary } from './report.ts';
import { usageDuring } from './usage.ts';

const AGENTS = 10_000;
const CLIENTS = 8;
const SECONDS = 3;
const RUNS = 5;
const TOKENS = 200;

interface Case {
  what: string;
  path: string;
  /** Requests per second of MIG's API, and how many times that is our aim. */
  mig: number;
  times: number;
}

/** What the client process is told, and what it answers. */
export interface Load {
  url: string;
  tokens: string[];
  clients: number;
  seconds: number;
}
export interface LoadResult {
  perSecond: number;
  ms: number[];
  failures: string[];
}

/** Eight clients read the API of 10,000 agents and an action of 10,000 commands; every token is checked. */
export async function benchApi(): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  say(`connecting ${AGENTS} simulated agents`);
  await using fleet = await openFleet(stack, { home, count: AGENTS, prefix: 'bench', connections: 4 });
  await whenRegistered(platform, 'bench', AGENTS);
  const text = await platform.sign({ name: 'to all', target: `name LIKE 'bench-%'` });
  const posted = await platform.post(text);
  await whenAnswered(platform, posted, { count: AGENTS });
  const floors = await measureFloors(platform, { prefix: 'bench' });
  await fleet[Symbol.asyncDispose]();
  // As autovacuum leaves the tables a minute later.
  await platform.db.query('VACUUM (ANALYZE) agents, commands, actions');
  const tokens = await Promise.all(
    Array.from({ length: TOKENS }, async () => (await platform.authorization())['X-PGPAUTHORIZATION'] ?? ''),
  );
  const results = [];
  for (const one of await casesOf(platform, posted.id)) {
    const load = { url: `${stack.api.url}${one.path}`, tokens, clients: CLIENTS, seconds: SECONDS };
    const { outcome: runs, ...usage } = await usageDuring(home, {}, () => driveOften(load));
    const failures = runs.flatMap((run) => run.failures);
    if (failures.length > 0) throw new Error(`${one.what}: ${failures.length} failed, first: ${failures[0]}`);
    const perSecond = median(runs.map((run) => run.perSecond));
    results.push({
      what: one.what,
      perSecond,
      mig: one.mig,
      timesMig: round(perSecond / one.mig),
      aim: one.times,
      ms: summary(runs.flatMap(({ ms }) => ms)),
      runs: runs.map((run) => run.perSecond),
      cpuSeconds: usage.cpuSeconds,
      memoryMb: usage.memoryMb,
      ...floors,
    });
    say(JSON.stringify(results.at(-1)));
  }
  report('api', results);
}

async function casesOf({ db }: BenchPlatform, actionId: number): Promise<Case[]> {
  const { rows } = await db.query(
    'SELECT min(id)::float8 AS command, min(agentid)::float8 AS agent FROM commands WHERE actionid = $1',
    [actionId],
  );
  const { command, agent } = rows[0];
  const target = encodeURIComponent(`name LIKE 'bench-99%'`);
  return [
    {
      what: 'search of 37 commands',
      mig: 8,
      times: 20,
      path: `/search?type=command&actionid=${actionId}&limit=37`,
    },
    {
      what: 'agents by target',
      mig: 16,
      times: 10,
      path: `/search?type=agent&target=${target}&limit=37`,
    },
    { what: 'dashboard', mig: 146, times: 5, path: '/dashboard' },
    { what: 'one action', mig: 340, times: 1, path: `/action?actionid=${actionId}` },
    { what: 'one command', mig: 1070, times: 1, path: `/command?commandid=${command}` },
    { what: 'one agent', mig: 1070, times: 1, path: `/agent?agentid=${agent}` },
  ];
}

async function driveOften(load: Load): Promise<LoadResult[]> {
  await drive(load); // the code that answers is compiled as it runs
  const runs: LoadResult[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await drive(load));
  return runs;
}

/** The clients are a process of their own. */
function drive(load: Load): Promise<LoadResult> {
  const child = fork(join(import.meta.dirname, 'api-clients.ts'), { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as LoadResult));
    child.once('exit', () => reject(new Error('the clients ended')));
    child.send(load);
  });
}

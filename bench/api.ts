import { fork } from 'node:child_process';
import { join } from 'node:path';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed, waitForAnswers } from '../dev/simulation/testbed.ts';
import { report } from '../dev/terminal.ts';
import { createDeferred } from '../platform/async/deferred.ts';
import { readRow } from '../platform/postgres/read-row.ts';
import type { ApiLoad, ApiLoadResult } from './api-clients.ts';
import { measureFloors } from './measure/floor.ts';
import { median, round, summary } from './measure/statistics.ts';
import { usageDuring } from './measure/usage.ts';
import { writeResults } from './measure/write-results.ts';

const AGENTS = 10_000;
const CLIENTS = 8;
const SECONDS = 3;
const RUNS = 5;
const TOKENS = 200;

interface Case {
  what: string;
  path: string;
  /** Requests per second of MIG's API. */
  mig: number;
  /** How many times faster than MIG we aim to be. */
  times: number;
}

/** Eight clients read the API of 10,000 agents and an action of 10,000 commands; every token is checked. */
export async function benchApi(): Promise<void> {
  await using testbed = await openTestbed();
  const { actionId, floors } = await fillDatabase(testbed);
  // The state in which autovacuum leaves the tables a minute later.
  await testbed.db.query('VACUUM (ANALYZE) agents, commands, actions');
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => testbed.api.token()));
  const results = [];
  const cases = await casesOf(testbed, actionId);
  for (const one of cases) {
    const result = { ...(await measure(testbed, { case: one, tokens })), ...floors };
    results.push(result);
    report(JSON.stringify(result));
  }
  writeResults('api', results);
}

/** Registers the agents and lets them answer one action. They disconnect before the measurement. */
async function fillDatabase(testbed: Testbed) {
  await using _fleet = await openRegisteredFleet(testbed, {
    count: AGENTS,
    prefix: 'bench',
    connections: 4,
  });
  const action = await testbed.sign({ name: 'to all', target: `name LIKE 'bench-%'` });
  const { id: actionId } = await testbed.post(action);
  await waitForAnswers(testbed, { actionId, count: AGENTS });
  const floors = await measureFloors(testbed, { prefix: 'bench' });
  return { actionId, floors };
}

async function casesOf({ db }: Testbed, actionId: number): Promise<Case[]> {
  const { command, agent } = await readRow<{ command: number; agent: number }>(db, {
    text: `SELECT
       min(id)::float8 AS command,
       min(agentid)::float8 AS agent
     FROM commands
     WHERE actionid = $1`,
    values: [actionId],
  });
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

async function measure(
  { home, stack }: Testbed,
  { case: { what, path, mig, times }, tokens }: { case: Case; tokens: string[] },
) {
  const load = { url: `${stack.api.url}${path}`, tokens, clients: CLIENTS, seconds: SECONDS };
  const { outcome: runs, cpuSeconds, memoryMb } = await usageDuring(home, {}, () => runRepeatedly(load));
  const failures = runs.flatMap((run) => run.failures);
  if (failures.length > 0) throw new Error(`${what}: ${failures.length} failed, first: ${failures[0]}`);
  const perSecond = median(runs.map((run) => run.perSecond));
  return {
    what,
    perSecond,
    mig,
    timesMig: round(perSecond / mig),
    aim: times,
    ms: summary(runs.flatMap(({ ms }) => ms)),
    runs: runs.map((run) => run.perSecond),
    cpuSeconds,
    memoryMb,
  };
}

async function runRepeatedly(load: ApiLoad): Promise<ApiLoadResult[]> {
  await runClients(load); // warms up: the API's code is compiled while it runs
  const runs: ApiLoadResult[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await runClients(load));
  return runs;
}

/** Runs the clients in a process of their own. */
function runClients(load: ApiLoad): Promise<ApiLoadResult> {
  const child = fork(join(import.meta.dirname, 'api-clients.ts'), { execArgv: ['--import', 'tsx'] });
  const result = createDeferred<ApiLoadResult>();
  child.once('message', (message) => result.resolve(message as ApiLoadResult));
  child.once('exit', () => result.reject(new Error('the clients ended')));
  child.send(load);
  return result.promise;
}

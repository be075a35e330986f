import { fork } from 'node:child_process';
import { join } from 'node:path';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed, waitForAnswers } from '../dev/simulation/testbed.ts';
import { report } from '../dev/terminal.ts';
import { createDeferred } from '../platform/async/deferred.ts';
import { type ApiCase, apiCases } from './api-cases.ts';
import type { ApiLoad, ApiLoadResult } from './api-clients.ts';
import { measureFloors } from './measure/floor.ts';
import { median, round, summary } from './measure/statistics.ts';
import { usageDuring } from './measure/usage.ts';
import { writeResults } from './measure/write-results.ts';

const AGENTS = 10_000;
const CLIENTS = 8;
const SECONDS = 3;
const RUNS = 5;
/** Of cases without a figure of MIG to compare with. */
const FEWER_RUNS = 2;
const AIM_P99_MS = 50;
const TOKENS = 200;

/**
 * Eight clients read the routes of bench/api-cases.ts, of 10,000 agents and an action of 10,000 commands; every token is
 * checked. Reports the routes whose slowest requests are over the aim.
 */
export async function benchApi(): Promise<void> {
  await using testbed = await openTestbed();
  const { actionId, floors } = await fillDatabase(testbed);
  // The state in which autovacuum leaves the tables a minute later.
  await testbed.db.query('VACUUM (ANALYZE) agents, commands, actions');
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => testbed.api.token()));
  const results = [];
  for (const one of await apiCases(testbed, actionId)) {
    const result = { ...(await measure(testbed, { case: one, tokens })), ...floors };
    results.push(result);
    report(JSON.stringify(result));
  }
  const slow = results.filter(({ ms }) => ms.p99 > AIM_P99_MS).map(({ what, ms }) => `${what} ${ms.p99} ms`);
  report(`p99 over ${AIM_P99_MS} ms: ${slow.join(', ') || 'none'}`);
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

async function measure(
  { home, stack }: Testbed,
  { case: { route, what, path, mig }, tokens }: { case: ApiCase; tokens: string[] },
) {
  const load = { url: `${stack.api.url}${path}`, tokens, clients: CLIENTS, seconds: SECONDS };
  const {
    outcome: runs,
    cpuSeconds,
    memoryMb,
  } = await usageDuring(home, {}, () => runRepeatedly(load, mig ? RUNS : FEWER_RUNS));
  const failures = runs.flatMap((run) => run.failures);
  if (failures.length > 0) throw new Error(`${what}: ${failures.length} failed, first: ${failures[0]}`);
  const perSecond = median(runs.map((run) => run.perSecond));
  return {
    what,
    route,
    perSecond,
    ...(mig && { mig: mig.perSecond, timesMig: round(perSecond / mig.perSecond), aim: mig.aim }),
    ms: summary(runs.flatMap(({ ms }) => ms)),
    runs: runs.map((run) => run.perSecond),
    cpuSeconds,
    memoryMb,
  };
}

async function runRepeatedly(load: ApiLoad, count: number): Promise<ApiLoadResult[]> {
  await runClients(load); // warms up: the API's code is compiled while it runs
  const runs: ApiLoadResult[] = [];
  for (let run = 0; run < count; run++) runs.push(await runClients(load));
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

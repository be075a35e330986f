import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { errorMessage } from '../../contract/errors.ts';
import { openTestbed, type Testbed } from '../../dev/simulation/testbed.ts';
import { startOtherApi } from '../../dev/stack/parts.ts';
import { demoAcl, loadPeople } from '../../dev/stack/seed.ts';
import { report } from '../../dev/terminal.ts';
import { usage } from '../../platform/program/command-line.ts';
import { round } from '../measure/statistics.ts';
import type { BenchValues } from '../measure/values.ts';
import { writeResults } from '../measure/write-results.ts';
import type { ApiCase } from './api-case.ts';
import { apiCases, NOT_MEASURED, ROUTE_COUNT } from './cases.ts';
import { fillDatabase } from './fill-database.ts';
import { type ApiSide, createMeter, type Measured } from './measure-case.ts';
import { judge } from './verdict.ts';

const AGENTS = 10_000;
const RUNS = 3;
/** How long clients repeat one request, and how many distinct requests they share, in a run. */
const LENGTH = { seconds: 0.6, requests: 48 };
const QUICK = { agents: 100, runs: 1, length: { seconds: 0.2, requests: 8 } };

/**
 * Eight clients ask every route of the API, of 10,000 agents and an action of 10,000 commands; every token is checked.
 * Beside the API of another checkout, the two take turns. Returns false when a route is over the aim, or slower than
 * there.
 */
export async function benchApi({
  agents,
  runs,
  only,
  against,
  quick = false,
}: BenchValues): Promise<boolean> {
  if (against !== undefined) requireCheckout(against);
  const size = quick ? QUICK.agents : AGENTS;
  const loadBefore = round(loadavg()[0] ?? 0, 1);
  await using testbed = await openTestbed();
  const { floors, rig } = await fillDatabase(testbed, { agents: agents ?? size });
  const { bob, john, scheduler } = await loadPeople(join(testbed.home, 'keys'));
  const everyCase = await apiCases(rig, JSON.stringify(demoAcl({ bob, john, scheduler })));
  const cases = everyCase.filter((one) => matches(one, only));
  if (cases.length === 0) throw usage(`no case of api has ${only} in its name`);
  await using meter = await createMeter(rig, {
    sides: await openSides(testbed, against),
    runs: runs ?? (quick ? QUICK.runs : RUNS),
    length: quick ? QUICK.length : LENGTH,
  });
  const results: Measured[] = [];
  const failures: string[] = [];
  for (const one of cases) {
    const measured = await meter
      .measure(one)
      .catch((error: unknown) => `${one.route}, ${one.what}: ${errorMessage(error)}`);
    report(JSON.stringify(measured));
    if (typeof measured === 'string') failures.push(measured);
    else results.push(measured);
  }
  reportRoutes(results);
  // What was left out or made smaller is no result to compare with.
  if (failures.length === 0 && only === undefined && !quick && agents === undefined) {
    writeResults(
      'api',
      results.map((one) => ({ ...one, ...floors, loadBefore })),
    );
  }
  const { lines, isGood } = judge(results);
  for (const line of [...lines, ...failures.map((failure) => `failed: ${failure}`)]) report(line);
  return isGood && failures.length === 0;
}

/** Before the database is filled, which takes minutes. */
function requireCheckout(folder: string): void {
  if (existsSync(join(folder, 'api', 'main.ts')) && existsSync(join(folder, 'node_modules'))) return;
  throw usage(`--against ${folder}: is no checkout with its packages; run npm ci there`);
}

function matches({ route, what }: ApiCase, only: string | undefined): boolean {
  return only === undefined || route === only || what.includes(only);
}

async function openSides({ home, stack }: Testbed, against: string | undefined): Promise<ApiSide[]> {
  const ours = { name: 'ours', url: stack.api.url };
  if (against === undefined) return [ours];
  const url = await startOtherApi(home, { folder: resolve(against), name: 'api-other' });
  const response = await fetch(`${url}/openapi.json`);
  if (!response.ok) throw new Error(`--against: the API there describes no routes: ${response.status}`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
  return [ours, { name: 'other', url, paths }];
}

function reportRoutes(results: readonly Measured[]): void {
  const measured = new Set(results.map(({ route }) => route));
  report(`${measured.size} of ${ROUTE_COUNT} routes measured, in ${results.length} cases`);
  for (const [route, why] of Object.entries(NOT_MEASURED)) report(`  not ${route}: ${why}`);
}

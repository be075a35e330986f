import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_OPERATION } from '../../../dev/api-caller.ts';
import { waitFor } from '../../../dev/wait-for.ts';
import type { Check } from '../check.ts';
import { expectOutput } from '../expect-output.ts';
import type { Rig } from '../rig.ts';
import {
  newRunnerFolder,
  type RunnerProcess,
  startRunner,
  writeJob,
  writePlugin,
} from '../runner-process.ts';

const EVERY_SECOND = '  schedule = "* * * * * * *"';
const SOON = '  expiry = "5s"';
/** A run is launched at once, ends after five seconds, and is fetched when nothing happens for five more. */
const TIMEOUT_MS = 90_000;

/** Runs a job until it has a result, and returns it. */
async function resultOf(runner: RunnerProcess, job: string): Promise<RunnerResult> {
  const results = join(runner.folder, 'runners', job, 'results');
  const file = await waitFor(
    `a result of ${job}: ${runner.log().slice(-300)}`,
    () => (existsSync(results) ? filesBelow(results)[0] : undefined),
    { timeoutMs: TIMEOUT_MS, everyMs: 200 },
  );
  return waitFor('the whole result', () => parse(readFileSync(file, 'utf8')));
}

interface RunnerResult {
  name: string;
  action: { id: number; name: string; operations: { is_compressed?: boolean }[] };
  commands: { status: string; agent: { name: string } }[];
}

function parse(text: string): RunnerResult | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is being written
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

/** One runner whose job runs once a minute is enough for what a single run shows. */
async function oneRun(rig: Rig): Promise<{ result: RunnerResult; runner: RunnerProcess; plugin: string }> {
  const folder = newRunnerFolder(rig);
  const plugin = writePlugin(folder, 'keep');
  writeJob(folder, 'job', {
    settings: [soonOnce(), SOON, '  plugin = "keep"'],
    action: { operations: [{ ...FILE_OPERATION, want_compressed: true }] },
  });
  const runner = startRunner(rig, folder);
  return { result: await resultOf(runner, 'job'), runner, plugin };
}

/** A schedule with one time in each hour, a few seconds from now. MIG's runner never rests behind the last time of all. */
function soonOnce(): string {
  const at = new Date(Date.now() + 3_000);
  return `  schedule = "${at.getSeconds()} ${at.getMinutes()} * * * * *"`;
}

function waitForLog(runner: RunnerProcess, text: RegExp): Promise<unknown> {
  return waitFor(`${text} in the log: ${runner.log().slice(-300)}`, () => text.test(runner.log()), {
    timeoutMs: TIMEOUT_MS,
    isAlive: runner.isRunning,
  });
}

function expect(holds: boolean, found: unknown): void {
  if (!holds) throw new Error(`it has ${JSON.stringify(found)}`);
}

const check = (shows: string, what: string, run: Check['run']): Check => ({
  program: 'mig-runner',
  shows,
  what: `${shows}: ${what}`,
  run,
});

export const RUNNER_CHECKS: readonly Check[] = [
  check('results/', 'the commands of a run are kept in a file', async (rig) => {
    const { result } = await rig.once(oneRun);
    const commands = result.commands.map(({ status, agent }) => `${agent.name} ${status}`);
    expect(commands.join() === 'agent-1 success', commands);
  }),
  check('action.json', 'the action is named after the job', async (rig) => {
    const { result } = await rig.once(oneRun);
    expect(result.action.name === 'mig-runner: job', result.action.name);
  }),
  check('action.json', 'the parameters are compressed where the file asks for it', async (rig) => {
    const { result } = await rig.once(oneRun);
    expect(result.action.operations[0]?.is_compressed === true, result.action.operations);
  }),
  check('plugin', 'a plugin reads the result', async (rig) => {
    const { plugin, result } = await rig.once(oneRun);
    const kept = await waitFor('the plugin', () => existsSync(plugin) && parse(readFileSync(plugin, 'utf8')));
    expect(kept.action.id === result.action.id, kept.action.id);
  }),
  check('inflight/', 'is empty when a run has its result', async (rig) => {
    const { runner } = await rig.once(oneRun);
    await waitForLog(runner, /action marked as complete/);
    const inFlight = readdirSync(join(runner.folder, 'runners', 'job', 'inflight'));
    expect(inFlight.length === 0, inFlight);
  }),
  check('inflight/', 'a run survives a restart', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: [soonOnce(), SOON] });
    const first = startRunner(rig, folder);
    await waitForLog(first, /action marked as inflight/);
    await first.stop();
    const result = await resultOf(startRunner(rig, folder), 'job');
    expect(result.commands.length === 1, result.commands);
  }),
  check('sendonly', 'launches and waits for no result', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: [soonOnce(), SOON, '  sendonly = true'] });
    const runner = startRunner(rig, folder);
    await waitForLog(runner, /launched action \d{14}/);
    expect(!existsSync(join(folder, 'runners', 'job', 'inflight')), 'a file in flight');
  }),
  check('schedule', 'runs again and again', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: [EVERY_SECOND, SOON, '  sendonly = true'] });
    const runner = startRunner(rig, folder);
    await waitForLog(runner, /(launched action \d{14}[\s\S]*){3}/);
    await runner.stop();
  }),
  check('schedule', 'a wrong one is reported', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: ['  schedule = "whenever"'] });
    await waitForLog(startRunner(rig, folder), /bad cron expression/);
  }),
  check('entity.cfg', 'a job is added when its folder appears, and removed with it', async (rig) => {
    const folder = newRunnerFolder(rig);
    const runner = startRunner(rig, folder);
    await waitForLog(runner, /results processing routine started/);
    writeJob(folder, 'late', { settings: ['  schedule = "0 0 1 1 *"'] });
    await waitForLog(runner, /added entity late/);
    rmSync(join(folder, 'runners', 'late'), { recursive: true });
    await waitForLog(runner, /removed entity late/);
  }),
  check('entity.cfg', 'a job is read again when its file changes', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: ['  schedule = "0 0 1 1 *"'] });
    const runner = startRunner(rig, folder);
    await waitForLog(runner, /job: will run at/);
    writeJob(folder, 'job', { settings: ['  schedule = "0 0 2 1 *"'] });
    const later = Date.now() / 1000 + 10;
    utimesSync(join(folder, 'runners', 'job', 'entity.cfg'), later, later);
    await waitForLog(runner, /job: asked to terminate[\s\S]*job: will run at|(job: will run at[\s\S]*){2}/);
  }),
  check('action.json', 'an action that the platform refuses is tried again', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: [EVERY_SECOND, SOON], action: { operations: [] } });
    await waitForLog(startRunner(rig, folder), /HTTP 400[\s\S]*added entity job/);
  }),
  check('[client] delayresults', 'results are fetched later', async (rig) => {
    const folder = newRunnerFolder(rig);
    writeJob(folder, 'job', { settings: [soonOnce(), SOON] });
    const runner = startRunner(rig, folder, ['  delayresults = "1s"']);
    expect((await resultOf(runner, 'job')).commands.length === 1, runner.log());
  }),
  check('-c', 'a missing configuration is reported', async (rig) => {
    const run = await rig.run('mig-runner', ['-c', '/no/such/file']);
    expectOutput(run, { status: 9, stderr: 'error: ' });
  }),
];

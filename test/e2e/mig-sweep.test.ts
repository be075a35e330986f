import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';
import { fileCheck } from '../setup/sweeps.ts';

// What an investigator reads who works with sweeps: the output of the real program, about an agent that really answers.

const CHECKS = ['banner', 'settings', 'limits'];

let platform: Platform;
let agent: AgentProcess;
let mig: ReturnType<typeof cliOf>['mig'];
/** What the agent looks at, and the files of the checks. */
let data: string;
let checks: string;

beforeAll(async () => {
  platform = await openPlatform();
  agent = platform.use(await openAgent(platform.slot, 'web'));
  await waitFor('registration', async () => (await platform.pool.query('SELECT 1 FROM agents')).rows.length);
  mig = cliOf(platform).mig;
  const home = join(platform.slot.services.home, platform.slot.name);
  data = join(home, 'endpoint');
  checks = join(home, 'checks');
  mkdirSync(data);
  mkdirSync(checks);
  for (const name of CHECKS) {
    writeFileSync(join(checks, `${name}.json`), JSON.stringify(fileCheck(name, data).action));
  }
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** The endpoint has these of the files that the checks demand. */
function haveFiles(...names: string[]): void {
  for (const name of CHECKS) {
    if (names.includes(name)) writeFileSync(join(data, name), name);
    else rmSync(join(data, name), { force: true });
  }
}

async function createSweep(name: string, cron = '0 3 * * *'): Promise<void> {
  const target = `name='${agent.name}'`;
  expect(
    await mig(['sweep', 'create', name, '-checks', checks, '-t', target, '-cron', cron, '-y']),
  ).toMatchObject({ status: 0 });
}

/** The value of a line in the header of `mig sweep show`. */
function headerOf(stdout: string, name: string): string | undefined {
  return new RegExp(`^ {2}${name} {2,}(.*)$`, 'm').exec(stdout)?.[1];
}

async function show(name: string, ...flags: string[]): Promise<string> {
  const run = await mig(['sweep', 'show', name, ...flags]);
  expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' });
  return run.stdout;
}

/** Runs a sweep now; returns the id of the run. */
async function trigger(name: string): Promise<number> {
  const { status, stdout, stderr } = await mig(['sweep', 'trigger', name, '-y']);
  expect(status, stderr).toBe(0);
  return Number(/^run (\d+) /.exec(stdout)?.[1]);
}

test('a sweep that never ran says so, when it will, and how to run it now', async () => {
  await createSweep('fresh');
  const stdout = await show('fresh');
  const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString().slice(0, 10);
  const today = new Date().toISOString().slice(0, 10);
  expect(headerOf(stdout, 'next run')).toMatch(new RegExp(`^(${today}|${tomorrow})T03:00:00Z, not signed$`));
  expect(headerOf(stdout, 'signed')).toBe('no run is signed: mig sweep sign fresh -until 90d');
  expect(headerOf(stdout, 'last run')).toBe('none yet: mig sweep trigger fresh signs one for now');
  expect(headerOf(stdout, 'items')).toBe('none yet: no endpoint has been asked');
  expect(stdout).not.toContain('notapplicable');
  expect((await mig(['sweep', 'sign', 'fresh', '-until', '3d', '-y'])).status).toBe(0);
  expect(headerOf(await show('fresh'), 'next run')).toMatch(/T03:00:00Z$/);
  expect((await mig(['sweep', 'pause', 'fresh'])).status).toBe(0);
  expect(headerOf(await show('fresh'), 'next run')).toBe(
    'none while the sweep is paused: mig sweep resume fresh',
  );
});

test('after a verification, the matrix has the present state of every item, and names the runs', async () => {
  await createSweep('verified');
  haveFiles('banner', 'settings', 'limits');
  const first = await trigger('verified');
  haveFiles('banner');
  const whole = await trigger('verified');
  haveFiles('banner', 'limits');
  expect((await mig(['sweep', 'verify', 'verified', agent.name, '-y'])).status).toBe(0);
  const stdout = await show('verified');
  const verification = Number(/^ {2}last run {2}run (\d+) .* verify /m.exec(stdout)?.[1]);
  expect(headerOf(stdout, 'items')).toMatch(
    new RegExp(`^3 now: 2 of run ${verification} \\(verify, .*Z\\), 1 of run ${whole} \\(trigger, .*Z\\)$`),
  );
  expect(headerOf(stdout, 'trend')).toMatch(new RegExp(`^against run ${first} \\(trigger, .*Z\\)$`));
  expect(stdout.trimEnd().split('\n').slice(-4)).toEqual([
    'check     level  pass  fail  error  unknown  notapplicable  notchecked  waived  trend of fail',
    'settings  high      0     1      0        0              0           0       0             +1',
    'banner    high      1     0      0        0              0           0       0              =',
    'limits    high      1     0      0        0              0           0       0              =',
  ]);
});

test('a waived failure is counted as failed and as waived, and not before or after', async () => {
  await createSweep('waived');
  haveFiles('banner', 'settings');
  await trigger('waived');
  const waivedOf = async () => / limits .*/.exec(` ${(await show('waived')).replaceAll('\n', '\n ')}`)?.[0];
  expect(await waivedOf()).toMatch(/^ limits +high +0 +1 +0 +0 +0 +0 +0$/);
  const waiver = ['sweep', 'waive', 'waived', 'limits', '-until', '7d', '-why', 'old program', '-y'];
  const waived = await mig(waiver);
  expect(await waivedOf()).toMatch(/^ limits +high +0 +1 +0 +0 +0 +0 +1$/);
  const id = /waiver (\d+) signed/.exec(waived.stdout)?.[1] ?? '';
  expect((await mig(['sweep', 'unwaive', 'waived', id])).status).toBe(0);
  expect(await waivedOf()).toMatch(/^ limits +high +0 +1 +0 +0 +0 +0 +0$/);
});

test('a run that was followed ends with one line about it', async () => {
  await createSweep('followed');
  haveFiles('banner');
  for (const [words, lines] of [
    [['trigger', 'followed'], 1],
    [['verify', 'followed', agent.name], 3],
  ] as const) {
    const { stdout, stderr } = await mig(['sweep', ...words, '-y']);
    const [last] = stdout.split('\n');
    expect(last).toMatch(/^run \d+ .* complete {2}1 of 1 endpoint answered/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(lines);
    expect(stderr).not.toContain(' complete ');
    const next = 'mig sweep show followed -status fail lists what fails\n';
    expect(stderr.endsWith(next)).toBe(words[0] === 'trigger');
  }
});

test('a mistyped name, check or endpoint is refused with what was meant, or where to look', async () => {
  await createSweep('mistyped');
  for (const [words, status, message] of [
    [
      ['show', 'mistypd'],
      3,
      'there is no sweep "mistypd"; did you mean mistyped?; mig sweep list prints those that there are',
    ],
    [
      ['show', 'mistyped', '-check', 'banner,setings'],
      2,
      'the sweep has no check "setings"; did you mean settings?; mig sweep show mistyped prints those that it has',
    ],
    [
      ['waive', 'mistyped', 'baner', '-until', '7d', '-why', 'x', '-y'],
      2,
      'the sweep has no check "baner"; did you mean banner?; mig sweep show mistyped prints those that it has',
    ],
    [
      ['verify', 'mistyped', 'nobody', '-y'],
      3,
      'the sweep has no items of an endpoint "nobody"; mig sweep show mistyped -by endpoint prints those that it has',
    ],
  ] as const) {
    const run = await mig(['sweep', ...words]);
    expect({
      status: run.status,
      stderr: run.stderr.split('\n').filter((line) => line.startsWith('[')),
    }).toEqual({ status, stderr: [`[error] ${message}`] });
  }
});

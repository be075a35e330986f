import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SWEEP_EXPLANATIONS } from '../../cli/help/sweep-usages.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';
import { openShell, type Shell } from '../setup/shell-lines.ts';

// The examples of `mig help sweep …` and of docs/sweeps.md, typed as they stand, from creation to deletion.

let platform: Platform;
let agent: AgentProcess;
let shell: Shell;
let migrc: string;

beforeAll(async () => {
  platform = await openPlatform();
  agent = platform.use(await openAgent(platform.slot, 'web'));
  await waitFor('registration', async () => (await platform.pool.query('SELECT 1 FROM agents')).rows.length);
  shell = openShell();
  symlinkSync(join(ROOT, 'compliance'), join(shell.folder, 'compliance'));
  const colleagues = join(shell.folder, '..', 'home', 'colleagues');
  mkdirSync(colleagues);
  writeFileSync(join(colleagues, 'bob.asc'), platform.people.bob.publicKey);
  migrc = cliOf(platform).migrc;
});
afterAll(async () => {
  shell?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
});

const page = readFileSync(join(ROOT, 'docs', 'sweeps.md'), 'utf8');
const EXAMPLES = [
  ...Object.values(SWEEP_EXPLANATIONS).flatMap((text) =>
    linesOf(text, /^ {2}(mig sweep \w+ nightly.*|mig sweep (?:list|run .*\d))$/gm),
  ),
  ...linesOf(page, /^(mig sweep .*)$/gm),
  ...linesOf(page, /`(mig sweep \w+ nightly[^`]*)`/g),
];

function linesOf(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, line = '']) => line);
}

/** The examples of some commands, each once. */
function examplesOf(...verbs: string[]): string[] {
  const lines = EXAMPLES.filter((line) => verbs.some((verb) => line.startsWith(`mig sweep ${verb}`)));
  expect(lines.length, verbs.join(', ')).toBeGreaterThan(0);
  return [...new Set(lines)];
}

/** Types a line; its agent and its id become those that there are. */
async function type(line: string, { id = '' } = {}): Promise<string> {
  const typed = line.replace('web1.example.net', agent.name).replace(/\d{14}/, id);
  const { status, printed } = await shell.run(`ln -sf '${migrc}' ~/.migrc; ${typed}`);
  expect({ line: typed, status, printed }).toMatchObject({ status: 0 });
  return printed;
}

test('every command has an example', () => {
  const commands = Object.keys(SWEEP_EXPLANATIONS).filter((name) => name !== 'sweep');
  for (const name of commands) expect(examplesOf(name.replace('sweep ', ''))).not.toEqual([]);
});

test('the examples work when they are typed', { timeout: 600_000 }, async () => {
  const [first = '', ...others] = examplesOf('create');
  expect(await type(first)).toContain('sweep nightly created');
  for (const line of examplesOf('list', 'sign', 'trigger', 'show', 'export')) await type(line);
  for (const line of examplesOf('verify')) expect(await type(line)).toMatch(/ verify {2}complete /);
  for (const line of examplesOf('history')) await type(line);
  for (const line of examplesOf('pause', 'resume')) await type(line);
  for (const line of examplesOf('waive ')) {
    const id = /waiver (\d+) signed/.exec(await type(line))?.[1];
    for (const other of examplesOf('waivers')) expect(await type(other)).toContain(String(id));
    for (const other of examplesOf('unwaive')) await type(other, { id: defined(id) });
  }
  const runId = await withSilentAgent(async () => {
    const trigger = type('mig sweep trigger nightly').catch(String);
    const id = await waitFor('a run in progress', readRunning);
    for (const line of examplesOf('run')) await type(line, { id: String(id) });
    await trigger;
    return id;
  });
  const { rows } = await platform.pool.query('SELECT state FROM sweep_runs WHERE id = $1', [runId]);
  expect(rows).toEqual([{ state: 'partial' }]);
  for (const line of examplesOf('delete')) await type(line);
  for (const line of others) {
    expect(await type(line)).toContain('sweep nightly created');
    for (const end of examplesOf('delete')) await type(end);
  }
});

async function withSilentAgent<T>(work: () => Promise<T>): Promise<T> {
  process.kill(agent.pid(), 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(agent.pid(), 'SIGCONT');
  }
}

async function readRunning(): Promise<number | undefined> {
  const { rows } = await platform.pool.query(`SELECT id FROM sweep_runs WHERE state = 'running'`);
  return rows[0]?.id;
}

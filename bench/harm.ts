import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureAgentBuilt, HOSTILE } from '../dev/build/ensure-built.ts';
import { report } from '../dev/terminal.ts';
import { type AgentRig, openAgentRig } from './measure/agent-rig.ts';
import { round, summary } from './measure/statistics.ts';
import { writeResults } from './measure/write-results.ts';

const MODULE_TIMEOUT_S = 10;
const QUIET_MS = 5000;
const SPAWN_EVERY_MS = 100;
const MIN_SPAWNS = 20;
/** Alternatives with common prefixes, over every file of the system: slow for any engine. */
const REGEX_BOMB = {
  module: 'file',
  parameters: {
    searches: {
      bomb: { paths: ['/'], contents: ['((a|b|ab)*(c|d|cd)*)+x{20,40}$'], options: { matchall: true } },
    },
  },
};
/** The operations of each case; without operations it measures the quiet machine. */
const CASES: Record<string, object[] | undefined> = {
  nothing: undefined,
  'a regex bomb': [REGEX_BOMB],
  'an endless module on every processor': [hostile('spin', { processes: 8 })],
  'a memory hog': [hostile('allocate')],
  'a fork bomb': [hostile('bomb')],
};

/** How much hostile modules slow down other programs of the machine: how long it takes to start `true`. */
export async function benchHarm(): Promise<void> {
  const results = [];
  for (const cgroups of ['on', 'off']) {
    const settings = {
      agent: [`  moduletimeout = "${MODULE_TIMEOUT_S}s"`],
      limits: [`  cgroups = ${cgroups}`],
    };
    await using rig = await openAgentRig(ensureAgentBuilt(HOSTILE), { settings });
    for (const [what, operations] of Object.entries(CASES)) {
      const result = { what, controlGroups: cgroups, ...(await measure(rig, operations)) };
      results.push(result);
      report(JSON.stringify(result));
    }
  }
  writeResults('harm', results);
}

async function measure(rig: AgentRig, operations: object[] | undefined): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  const spawning = timeSpawnsUntil(stop.signal);
  const ended = await runOrWait(rig, operations).finally(() => stop.abort());
  const spawnMs = await spawning;
  return { ...ended, spawns: spawnMs.length, spawnMs: summary(spawnMs) };
}

async function runOrWait(rig: AgentRig, operations: object[] | undefined): Promise<Record<string, unknown>> {
  if (operations === undefined) {
    await sleep(QUIET_MS);
    return {};
  }
  const startedAt = performance.now();
  const answer = await rig.run(operations);
  return {
    ended: answer.status,
    because: answer.results[0]?.errors?.[0],
    after: round((performance.now() - startedAt) / 1000, 3),
  };
}

/** Starts `true` every 100 ms, at least 20 times. Returns the milliseconds of each start. */
async function timeSpawnsUntil(signal: AbortSignal): Promise<number[]> {
  const spawns: Promise<number>[] = [];
  while (!signal.aborted || spawns.length < MIN_SPAWNS) {
    spawns.push(timeSpawn());
    await sleep(SPAWN_EVERY_MS);
  }
  return Promise.all(spawns);
}

async function timeSpawn(): Promise<number> {
  const startedAt = performance.now();
  await once(spawn('true'), 'close');
  return performance.now() - startedAt;
}

function hostile(behaviour: string, more: object = {}): object {
  return { module: 'hostile', parameters: { behaviour, ...more } };
}

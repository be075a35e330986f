import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, openFleet } from '../dev/simulation/fleet.ts';
import { type BenchPlatform, openBenchPlatform, say, whenRegistered } from '../dev/simulation/platform.ts';
import { measureFloors } from './floor.ts';
import { median, report, round } from './report.ts';
import { usageDuring } from './usage.ts';

const AGENTS = 10_000;
const HEARTBEATS_S = 10;
const IDLE_S = 60;
const RUNS = 5;

/** What 10,000 heartbeats within ten seconds cost the platform. */
export async function benchHeartbeats(): Promise<void> {
  await using platform = await openBenchPlatform();
  await using fleet = await openRegistered(platform);
  const floors = await measureFloors(platform, { prefix: 'bench' });
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    runs.push(await measured(platform, fleet, () => beatOnce(platform, fleet)));
    say(JSON.stringify(runs.at(-1)));
  }
  const middle = median(runs.map(({ seconds }) => seconds));
  report('heartbeats', [
    {
      what: `${AGENTS} heartbeats, from the first to the last recorded`,
      aim: HEARTBEATS_S,
      ...runs.find(({ seconds }) => seconds === middle),
      seconds: middle,
      platformCores: median(runs.map(({ platformCores }) => platformCores)),
      runs: runs.map(({ seconds }) => seconds),
      ...floors,
    },
  ]);
}

/** What 10,000 agents cost each part while nobody asks anything. */
export async function benchIdle(): Promise<void> {
  await using platform = await openBenchPlatform();
  await using fleet = await openRegistered(platform);
  const idle = await measured(platform, fleet, () => sleep(IDLE_S * 1000));
  report('idle', [{ what: `${AGENTS} idle agents, between heartbeats`, ...idle }]);
}

async function openRegistered(platform: BenchPlatform): Promise<Fleet> {
  const { home, stack } = platform;
  say(`connecting ${AGENTS} simulated agents`);
  const fleet = await openFleet(stack, { home, count: AGENTS, prefix: 'bench', connections: 4 });
  await whenRegistered(platform, 'bench', AGENTS);
  await sleep(5_000); // what registering them left to do
  return fleet;
}

async function measured({ home }: BenchPlatform, { pids }: Fleet, work: () => Promise<unknown>) {
  const { seconds, cpuSeconds, memoryMb } = await usageDuring(home, pids, work);
  const ofPlatform = Object.entries(cpuSeconds).filter(([name]) => !(name in pids));
  const cores = ofPlatform.reduce((sum, [, value]) => sum + value, 0) / seconds;
  return { seconds: round(seconds), platformCores: round(cores), cpuSeconds, memoryMb };
}

async function beatOnce({ db }: BenchPlatform, fleet: Fleet): Promise<void> {
  const began = Date.now();
  await fleet.heartbeat(HEARTBEATS_S * 1000);
  for (;;) {
    const { rows } = await db.query(
      'SELECT count(*)::int AS late FROM agents WHERE heartbeattime < to_timestamp($1 / 1000.0)',
      [began],
    );
    if (rows[0].late === 0) return;
    await sleep(50);
  }
}

import { openFleet } from '../dev/simulation/fleet.ts';
import {
  type BenchPlatform,
  historyEvents,
  openBenchPlatform,
  say,
  whenAnswered,
  whenRegistered,
} from '../dev/simulation/platform.ts';
import { controlRelay } from '../dev/stack/rabbitmq.ts';
import { waitFor } from '../dev/wait.ts';
import { measureFloors } from './floor.ts';
import { median, report, round } from './report.ts';
import { usageDuring, usageOfParts } from './usage.ts';
import type { BenchValues } from './values.ts';

/** Seconds that MIG's platform takes for all answers, and its relay alone, on such a machine. */
const MIG: Record<number, { all: number; relay: number }> = {
  1000: { all: 5.2, relay: 0.19 },
  5000: { all: 10.9, relay: 1.05 },
  10000: { all: 21.8, relay: 2.2 },
};
const RUNS = 5;
/** Their code is compiled as it runs, in every process: the first runs measure that. */
const WARM_UPS = 5;
/** So many that every run takes minutes: what they measure is reported from fewer. */
const MANY = 50_000;
const TIMEOUT_MS = 1_800_000;
const IDLE_CORES = 0.1;
const IDLE_LOOK_MS = 5_000;

/** One action to many agents: from sending the POST to the commit of the last answer. */
export async function benchFanout({ agents = 1000, runs: wantedRuns = RUNS }: BenchValues): Promise<void> {
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  // RabbitMQ keeps some 90 kB for each queue with its consumer; over its limit it takes nothing from anybody.
  if (agents >= MANY) await controlRelay(home, ['set_vm_memory_high_watermark', '0.8']);
  say(`connecting ${agents} simulated agents`);
  await using fleet = await openFleet(stack, { home, count: agents, prefix: 'bench', connections: 4 });
  await whenRegistered(platform, 'bench', agents);
  if (agents >= MANY) await whenRelayIsIdle(home);
  const floors = await measureFloors(platform, {
    prefix: 'bench',
    ...(agents < MANY ? {} : { runs: 1, warmUps: 0 }),
  });
  say(JSON.stringify(floors));
  if (agents >= MANY) await whenRelayIsIdle(home);

  const runs: Run[] = [];
  const warmUps = agents < MANY ? WARM_UPS : 0;
  for (let run = 0; run < warmUps + wantedRuns; run++) {
    const result = await measure(platform, { run, agents, fleet: fleet.pids });
    if (run >= warmUps) runs.push(result);
    say(JSON.stringify(result));
  }
  const { repeated } = await fleet.ledger();
  const seconds = median(runs.map((one) => one.seconds));
  report(`fanout-${agents}`, [
    {
      what: `POST to ${agents} answers committed`,
      agents,
      seconds,
      runs: runs.map((one) => one.seconds),
      ...floors,
      timesRelayFloor: round(seconds / floors.relayFloor),
      ...(MIG[agents] && { mig: MIG[agents].all, timesFasterThanMig: round(MIG[agents].all / seconds) }),
      repeated: repeated.length,
      details: runs.at(-1),
    },
  ]);
}

/** Queues that were used or declared write their files a moment later; that many keep the relay busy for minutes. */
async function whenRelayIsIdle(home: string): Promise<void> {
  const busy = () => usageOfParts(home).rabbitmq?.cpuSeconds ?? 0;
  let before = Number.NEGATIVE_INFINITY;
  await waitFor(
    'an idle relay',
    () => {
      const now = busy();
      const isIdle = now - before < IDLE_CORES * (IDLE_LOOK_MS / 1000);
      before = now;
      return isIdle;
    },
    { timeoutMs: TIMEOUT_MS, everyMs: IDLE_LOOK_MS },
  );
}

interface Run {
  seconds: number;
  acceptedMs: number;
  resolvedMs: number;
  firstPublishedMs: number;
  lastPublishedMs: number;
  /** From sending the POST until so many per cent of the answers were there. */
  answeredMs: { p50: number; p95: number; p99: number };
  historyEvents: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
  workerPeakMb: number | undefined;
}

async function measure(
  platform: BenchPlatform,
  { run, agents, fleet }: { run: number; agents: number; fleet: Record<string, number> },
): Promise<Run> {
  const text = await platform.sign({
    name: `fan-out ${run}`,
    target: `name LIKE 'bench-%'`,
    expiresInMs: 2 * TIMEOUT_MS,
  });
  const { outcome, cpuSeconds, memoryMb } = await usageDuring(platform.home, fleet, async () => {
    const posted = await platform.post(text);
    const at = await whenAnswered(platform, posted, { count: agents, timeoutMs: TIMEOUT_MS });
    return { posted, seconds: round((at - posted.sentAt) / 1000) };
  });
  const { posted, seconds } = outcome;
  const { rows } = await platform.db.query(
    `SELECT extract(epoch FROM max(a.resolvedat)) * 1000 AS resolved, extract(epoch FROM min(c.publishedat)) * 1000 AS first,
       extract(epoch FROM max(c.publishedat)) * 1000 AS last,
       extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p50,
       extract(epoch FROM percentile_disc(0.95) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p95,
       extract(epoch FROM percentile_disc(0.99) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p99
     FROM commands c JOIN actions a ON a.id = c.actionid WHERE a.id = $1`,
    [posted.id],
  );
  const since = (column: string) => Math.round(Number(rows[0][column]) - posted.sentAt);
  return {
    seconds,
    acceptedMs: Math.round(posted.acceptedMs),
    resolvedMs: since('resolved'),
    firstPublishedMs: since('first'),
    lastPublishedMs: since('last'),
    answeredMs: { p50: since('p50'), p95: since('p95'), p99: since('p99') },
    historyEvents: await historyEvents(platform, posted.id),
    cpuSeconds,
    memoryMb,
    workerPeakMb: usageOfParts(platform.home).worker?.peakMb,
  };
}

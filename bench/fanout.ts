import { parseArgs } from 'node:util';
import { controlRelay } from '../dev/rabbitmq.ts';
import { startPart, stopPart } from '../dev/stack.ts';
import { databaseFloor, relayFloor } from './floor.ts';
import {
  type BenchPlatform,
  historyEvents,
  openBenchPlatform,
  say,
  whenAnswered,
  whenRegistered,
} from './platform.ts';
import { median, report, round } from './report.ts';
import { openFleet } from './simulation/fleet.ts';
import { cpuBetween, usageOfParts } from './usage.ts';

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

/** One action to many agents: from sending the POST to the commit of the last answer. */
export async function benchFanout(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(3),
    options: { agents: { type: 'string', default: '1000' }, runs: { type: 'string', default: String(RUNS) } },
  });
  const agents = Number(values.agents);
  await using platform = await openBenchPlatform();
  const { home, stack } = platform;
  // RabbitMQ keeps some 90 kB for each queue with its consumer; over its limit it takes nothing from anybody.
  if (agents >= MANY) await controlRelay(home, ['set_vm_memory_high_watermark', '0.8']);
  say(`connecting ${agents} simulated agents`);
  await using fleet = await openFleet(stack, { home, count: agents, prefix: 'bench', connections: 4 });
  await whenRegistered(platform, 'bench', agents);
  await stopPart(home, 'worker');
  const { rows } = await platform.db.query<{ queueloc: string }>('SELECT queueloc FROM agents');
  const queuelocs = rows.map(({ queueloc }) => queueloc);
  const relay = [];
  // The first message of a queue creates its files.
  if (agents < MANY) await relayFloor(stack, queuelocs);
  for (let run = 0; run < (agents < MANY ? 3 : 1); run++) {
    relay.push(await relayFloor(stack, queuelocs));
    say(`the relay alone: ${round(relay.at(-1) ?? 0)} s`);
  }
  const database = await databaseFloor(platform, agents);
  await startPart(home, 'worker');

  const runs: Run[] = [];
  const warmUps = agents < MANY ? WARM_UPS : 0;
  for (let run = 0; run < warmUps + Number(values.runs); run++) {
    const result = await measure(platform, { run, agents, fleet: fleet.pids });
    if (run >= warmUps) runs.push(result);
    say(JSON.stringify(result));
  }
  const { repeated } = await fleet.ledger();
  const seconds = median(runs.map((one) => one.seconds));
  const floor = median(relay);
  report(`fanout-${agents}`, [
    {
      what: `POST to ${agents} answers committed`,
      ...{ agents, seconds, runs: runs.map((one) => one.seconds) },
      ...{ relayFloor: round(floor), databaseFloor: round(database) },
      timesRelayFloor: round(seconds / floor),
      ...(MIG[agents] && { mig: MIG[agents].all, timesFasterThanMig: round(MIG[agents].all / seconds) }),
      repeated: repeated.length,
      details: runs.at(-1),
    },
  ]);
}

interface Run {
  seconds: number;
  acceptedMs: number;
  resolvedMs: number;
  firstPublishedMs: number;
  lastPublishedMs: number;
  historyEvents: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
  workerPeakMb: number | undefined;
}

async function measure(
  platform: BenchPlatform,
  { run, agents, fleet }: { run: number; agents: number; fleet: Record<string, number> },
): Promise<Run> {
  const before = usageOfParts(platform.home, fleet);
  const posted = await platform.post(
    await platform.sign({
      ...{ name: `fan-out ${run}`, target: `name LIKE 'bench-%'` },
      expiresInMs: 2 * TIMEOUT_MS,
    }),
  );
  const at = await whenAnswered(platform, posted, { count: agents, timeoutMs: TIMEOUT_MS });
  const { rows } = await platform.db.query(
    `SELECT extract(epoch FROM max(a.resolvedat)) * 1000 AS resolved, extract(epoch FROM min(c.publishedat)) * 1000 AS first,
       extract(epoch FROM max(c.publishedat)) * 1000 AS last
     FROM commands c JOIN actions a ON a.id = c.actionid WHERE a.id = $1`,
    [posted.id],
  );
  const since = (column: string) => Math.round(Number(rows[0][column]) - posted.sentAt);
  const events = await historyEvents(platform, posted.id);
  const after = usageOfParts(platform.home, fleet);
  return {
    seconds: round((at - posted.sentAt) / 1000),
    acceptedMs: Math.round(posted.acceptedMs),
    resolvedMs: since('resolved'),
    firstPublishedMs: since('first'),
    lastPublishedMs: since('last'),
    historyEvents: events,
    cpuSeconds: cpuBetween(before, after),
    memoryMb: Object.fromEntries(Object.entries(after).map(([name, { rssMb }]) => [name, rssMb])),
    workerPeakMb: after.worker?.peakMb,
  };
}

import type { Fleet } from '../dev/simulation/fleet.ts';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { countHistoryEvents, openTestbed, type Testbed, waitForAnswers } from '../dev/simulation/testbed.ts';
import { controlRelay } from '../dev/stack/services/rabbitmq.ts';
import { report } from '../dev/terminal.ts';
import { waitFor } from '../dev/wait-for.ts';
import { readRow } from '../platform/postgres/read-row.ts';
import { type Floors, measureFloors } from './measure/floor.ts';
import { median, round } from './measure/statistics.ts';
import { usageDuring, usageOfParts } from './measure/usage.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

/** Seconds until MIG's platform has all answers, and of its relay alone, on a machine of the same size. */
const MIG: Record<number, { all: number; relay: number }> = {
  1000: { all: 5.2, relay: 0.19 },
  5000: { all: 10.9, relay: 1.05 },
  10000: { all: 21.8, relay: 2.2 },
};
const RUNS = 5;
/** Every process compiles its code while it runs: the first runs measure that. */
const WARM_UPS = 5;
/** From this number of agents on every run takes minutes, and there are no warm-ups. */
const MANY = 50_000;
const TIMEOUT_MS = 1_800_000;
const IDLE_CORES = 0.1;
const IDLE_SAMPLE_MS = 5_000;

/** One action to many agents: from sending the POST to the commit of the last answer. */
export async function benchFanout({ agents = 1000, runs = RUNS }: BenchValues): Promise<void> {
  await using testbed = await openTestbed();
  await using fleet = await openLargeFleet(testbed, agents);
  const floors = await measureFleetFloors(testbed, agents);
  report(JSON.stringify(floors));
  const measured = await measureRuns(testbed, { agents, runs, fleet });
  const { repeated } = await fleet.ledger();
  const seconds = median(measured.map((run) => run.seconds));
  writeResults(`fanout-${agents}`, [
    {
      what: `POST to ${agents} answers committed`,
      agents,
      seconds,
      runs: measured.map((run) => run.seconds),
      ...floors,
      timesRelayFloor: round(seconds / floors.relayFloor),
      ...(MIG[agents] && { mig: MIG[agents].all, timesFasterThanMig: round(MIG[agents].all / seconds) }),
      repeated: repeated.length,
      details: measured.at(-1),
    },
  ]);
}

async function openLargeFleet(testbed: Testbed, agents: number): Promise<Fleet> {
  // RabbitMQ needs some 90 kB for each queue with its consumer. Over its memory limit it accepts no messages.
  if (agents >= MANY) await controlRelay(testbed.home, ['set_vm_memory_high_watermark', '0.8']);
  return openRegisteredFleet(testbed, { count: agents, prefix: 'bench', connections: 4 });
}

async function measureFleetFloors(testbed: Testbed, agents: number): Promise<Floors> {
  if (agents < MANY) return measureFloors(testbed, { prefix: 'bench' });
  await waitForIdleRelay(testbed.home);
  const floors = await measureFloors(testbed, { prefix: 'bench', runs: 1, warmUps: 0 });
  await waitForIdleRelay(testbed.home);
  return floors;
}

/** The relay writes the files of declared and used queues a moment later: that many keep it busy for minutes. */
async function waitForIdleRelay(home: string): Promise<void> {
  let before = Number.NEGATIVE_INFINITY;
  const isIdle = () => {
    const now = usageOfParts(home).rabbitmq?.cpuSeconds;
    if (now === undefined) throw new Error('the relay does not run');
    const cores = (now - before) / (IDLE_SAMPLE_MS / 1000);
    before = now;
    return cores < IDLE_CORES;
  };
  await waitFor('an idle relay', isIdle, { timeoutMs: TIMEOUT_MS, everyMs: IDLE_SAMPLE_MS });
}

async function measureRuns(
  testbed: Testbed,
  { agents, runs, fleet }: { agents: number; runs: number; fleet: Fleet },
): Promise<Run[]> {
  const measured: Run[] = [];
  const warmUps = agents < MANY ? WARM_UPS : 0;
  for (let run = 0; run < warmUps + runs; run++) {
    const result = await measure(testbed, { run, agents, pids: fleet.pids });
    if (run >= warmUps) measured.push(result);
    report(JSON.stringify(result));
  }
  return measured;
}

interface Run extends Milestones {
  seconds: number;
  acceptedMs: number;
  historyEvents: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
  workerPeakMb: number | undefined;
}

async function measure(
  testbed: Testbed,
  { run, agents, pids }: { run: number; agents: number; pids: Record<string, number> },
): Promise<Run> {
  const action = await testbed.sign({
    name: `fan-out ${run}`,
    target: `name LIKE 'bench-%'`,
    expiresInMs: 2 * TIMEOUT_MS,
  });
  const { outcome, cpuSeconds, memoryMb } = await usageDuring(testbed.home, pids, async () => {
    const posted = await testbed.post(action);
    const answeredAt = await waitForAnswers(testbed, {
      actionId: posted.id,
      count: agents,
      timeoutMs: TIMEOUT_MS,
    });
    return { ...posted, seconds: round((answeredAt - posted.sentAt) / 1000) };
  });
  const { id: actionId, sentAt, acceptedMs, seconds } = outcome;
  const milestones = await readMilestones(testbed, { actionId, sentAt });
  return {
    seconds,
    acceptedMs: Math.round(acceptedMs),
    ...milestones,
    historyEvents: await countHistoryEvents(testbed, actionId),
    cpuSeconds,
    memoryMb,
    workerPeakMb: usageOfParts(testbed.home).worker?.peakMb,
  };
}

/** Milliseconds from sending the POST. */
interface Milestones {
  resolvedMs: number;
  firstPublishedMs: number;
  lastPublishedMs: number;
  /** Until these shares of the answers were there. */
  answeredMs: { p50: number; p95: number; p99: number };
}

type Moment = 'resolved' | 'first' | 'last' | 'p50' | 'p95' | 'p99';

async function readMilestones(
  { db }: Testbed,
  { actionId, sentAt }: { actionId: number; sentAt: number },
): Promise<Milestones> {
  const times = await readRow<Record<Moment, string>>(db, {
    text: `SELECT
       extract(epoch FROM max(a.resolvedat)) * 1000 AS resolved,
       extract(epoch FROM min(c.publishedat)) * 1000 AS first,
       extract(epoch FROM max(c.publishedat)) * 1000 AS last,
       extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p50,
       extract(epoch FROM percentile_disc(0.95) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p95,
       extract(epoch FROM percentile_disc(0.99) WITHIN GROUP (ORDER BY c.finishtime)) * 1000 AS p99
     FROM commands c
     JOIN actions a ON a.id = c.actionid
     WHERE a.id = $1`,
    values: [actionId],
  });
  const sinceSent = (moment: Moment) => Math.round(Number(times[moment]) - sentAt);
  return {
    resolvedMs: sinceSent('resolved'),
    firstPublishedMs: sinceSent('first'),
    lastPublishedMs: sinceSent('last'),
    answeredMs: { p50: sinceSent('p50'), p95: sinceSent('p95'), p99: sinceSent('p99') },
  };
}

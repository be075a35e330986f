import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAgentBuilt } from '../dev/build/ensure-built.ts';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed } from '../dev/simulation/testbed.ts';
import { type PostedSweep, postSweep, triggerSweep } from '../dev/sweep-caller.ts';
import { report } from '../dev/terminal.ts';
import { readRow } from '../platform/postgres/read-row.ts';
import type { ExportOrder, ExportReading } from './export-reader.ts';
import { runRounds, runRoundsDuring } from './measure/interactive-rounds.ts';
import { median, round } from './measure/statistics.ts';
import { elementsOfThisMachine, sweepOfChecks } from './measure/sweep-question.ts';
import { readRunSeconds, waitForRunActions, waitForRunEnd } from './measure/sweep-run.ts';
import { usageDuring, usageOfParts } from './measure/usage.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const CHECKS = 60;
const WARM_UPS = 10;
const ROUNDS = 60;
/** Runs on one real agent. */
const AGENT_RUNS = 5;

/** A sweep of many checks over many endpoints: its run, what it does to others, and its export. */
export async function benchSweep({ agents = 10_000 }: BenchValues): Promise<void> {
  const text = sweepOfChecks(CHECKS, { name: 'bench', target: `name LIKE 'swept-%'` });
  const elements = await elementsOfThisMachine(text);
  const answerKb = round(Buffer.byteLength(Object.values(elements).join('')) / 1024, 1);
  await using testbed = await openTestbed({ agents: 1, agent: withoutTemporaryFiles });
  const sweep = await postSweep(testbed.api, text);
  const onOneAgent = await measureAgent(testbed);
  await using swept = await openRegisteredFleet(testbed, {
    count: agents,
    prefix: 'swept',
    connections: 4,
    elements,
  });
  await using _single = await openRegisteredFleet(testbed, { count: 1, prefix: 'single' });
  const rounds = { name: 'alone', prefix: 'single' };
  await runRounds(testbed, { ...rounds, count: WARM_UPS });
  const alone = await runRounds(testbed, { ...rounds, count: ROUNDS });
  const run = await measureRun(testbed, { sweep, pids: swept.pids });
  const beside = await measureBeside(testbed, sweep);
  const reading = await measureExport(testbed, sweep);
  const what = `${CHECKS} checks on ${agents} endpoints`;
  writeResults(`sweep-${agents}`, [
    { what: `${what}, launch to the end of the run, s`, agents, checks: CHECKS, answerKb, ...run },
    { what: 'interactive action alone, ms', ...alone },
    { what: 'interactive action beside the dispatch of a sweep, ms', ...beside.dispatch },
    { what: 'interactive action beside the evaluation of a sweep, ms', ...beside.evaluation },
    {
      what: 'p95 beside a sweep, times of alone',
      dispatch: round(beside.dispatch.p95 / alone.p95),
      evaluation: round(beside.evaluation.p95 / alone.p95),
    },
    {
      what: 'p50 beside a sweep, times of alone',
      dispatch: round(beside.dispatch.p50 / alone.p50),
      evaluation: round(beside.evaluation.p50 / alone.p50),
    },
    { what: `${CHECKS} checks on one real agent with its children`, ...onOneAgent },
    { what: 'export of all items', ...reading },
  ]);
}

/**
 * An agent that sees none of this machine's temporary files: a check walks them, and a machine that builds and tests may
 * have hundreds of thousands.
 */
function withoutTemporaryFiles(home: string) {
  const script = [
    'mount --bind "$1" /mnt',
    'mount -t tmpfs tmpfs /tmp',
    'mount -t tmpfs tmpfs /var/tmp',
    'mkdir -p "$1"',
    'mount --move /mnt "$1"',
    'shift',
    'exec "$@"',
  ].join(' && ');
  // The checkout may be below /tmp, too.
  const executable = join(home, 'bench-agent');
  copyFileSync(ensureAgentBuilt(), executable);
  const unshare = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
  return { executable, wrapper: [...unshare, 'sh', '-c', script, 'sh', home] };
}

/** Processor seconds of a real agent and its children for one run. */
async function measureAgent(testbed: Testbed) {
  const [agent] = testbed.stack.agents;
  if (!agent) throw new Error('the testbed has no agent');
  const text = sweepOfChecks(CHECKS, { name: 'bench-agent', target: `name='${agent.name}'` });
  const sweep = await postSweep(testbed.api, text);
  const runOnce = async () => {
    const runId = await triggerSweep(testbed.api, sweep);
    await waitForRunEnd(testbed, runId);
  };
  await runOnce();
  const seconds: number[] = [];
  for (let n = 0; n < AGENT_RUNS; n++) {
    const { cpuSeconds } = await usageDuring(testbed.home, {}, runOnce);
    seconds.push(cpuSeconds[agent.name] ?? Number.NaN);
  }
  const { items } = await readRow<{ items: Record<string, number> }>(testbed.db, {
    text: `SELECT json_object_agg(status, count) AS items
     FROM (
       SELECT status, count(*)
       FROM compliance_items
       WHERE sweepid = $1
       GROUP BY status
     ) AS counted`,
    values: [sweep.id],
  });
  const measured = { cpuSeconds: median(seconds), runs: seconds, items };
  report(JSON.stringify(measured));
  return measured;
}

async function measureRun(
  testbed: Testbed,
  { sweep, pids }: { sweep: PostedSweep; pids: Record<string, number> },
) {
  const { outcome, cpuSeconds } = await usageDuring(testbed.home, pids, async () => {
    const sentAt = Date.now();
    const runId = await triggerSweep(testbed.api, sweep);
    await waitForRunEnd(testbed, runId);
    return readRunSeconds(testbed, { runId, sentAt });
  });
  const peakMb = Object.fromEntries(
    Object.entries(usageOfParts(testbed.home)).map(([name, usage]) => [name, usage.peakMb]),
  );
  const measured = { seconds: outcome, cpuSeconds, peakMb };
  report(JSON.stringify(measured));
  return measured;
}

/** Interactive actions while commands of a sweep are sent, and while its answers are evaluated. */
async function measureBeside(testbed: Testbed, sweep: PostedSweep) {
  const runId = await triggerSweep(testbed.api, sweep);
  const dispatch = await runRounds(testbed, { name: 'dispatch', prefix: 'single', count: ROUNDS });
  await waitForRunActions(testbed, runId);
  const { outcome: _, ...evaluation } = await runRoundsDuring(
    testbed,
    { name: 'evaluation', prefix: 'single' },
    waitForRunEnd(testbed, runId),
  );
  return { dispatch, evaluation };
}

async function measureExport({ stack, home, authorization }: Testbed, sweep: PostedSweep) {
  const reader = fork(join(import.meta.dirname, 'export-reader.ts'), {
    execArgv: ['--import', 'tsx'],
  });
  const order: ExportOrder = {
    url: `${stack.api.url}/sweep/items?sweepid=${sweep.id}`,
    headers: await authorization(),
  };
  const apiPeakMbBefore = usageOfParts(home).api?.peakMb;
  const ended = once(reader, 'exit').then(() => {
    throw new Error('the reader of the export ended without a result');
  });
  const { outcome, cpuSeconds } = await usageDuring(home, {}, async () => {
    reader.send(order);
    const [reading] = (await Promise.race([once(reader, 'message'), ended])) as [ExportReading];
    return reading;
  });
  const after = usageOfParts(home);
  const { seconds, bytes, items, peakMb } = outcome;
  return {
    items,
    seconds: round(seconds),
    megabytes: Math.round(bytes / 1024 / 1024),
    readerPeakMb: peakMb,
    apiPeakMbBefore,
    apiPeakMb: after.api?.peakMb,
    apiCpuSeconds: cpuSeconds.api,
    postgresPeakMb: after.postgres?.peakMb,
  };
}

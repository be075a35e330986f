import { actionWorkflowId } from '../contract/names.ts';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { isFinalStatus, openTestbed, type Testbed } from '../dev/simulation/testbed.ts';
import { waitFor } from '../dev/wait-for.ts';
import { readRow } from '../platform/postgres/read-row.ts';
import { round } from './measure/statistics.ts';
import { usageDuring, usageOfParts } from './measure/usage.ts';
import type { BenchValues } from './measure/values.ts';
import { writeResults } from './measure/write-results.ts';

const AT_ONCE = 200;
/** A download, a check and a start take about this long. */
const START_MS = 1_000;
const TIMEOUT_MS = 3_600_000;
const INSTRUCTION = {
  to_version: '2-simulated',
  location: 'https://127.0.0.1/mig-agent',
  checksum: '0'.repeat(64),
};

/** An upgrade of many simulated agents, a bounded number at the same time. */
export async function benchUpgrade({ agents = 2000 }: BenchValues): Promise<void> {
  await using testbed = await openTestbed({ worker: { MIG_UPGRADE_AT_ONCE: String(AT_ONCE) } });
  await using fleet = await openRegisteredFleet(testbed, {
    count: agents,
    prefix: 'bench',
    connections: 2,
    startMs: START_MS,
  });
  const action = await testbed.sign({
    name: 'upgrade',
    target: `name LIKE 'bench-%'`,
    expiresInMs: TIMEOUT_MS,
    operations: [{ module: 'upgrade', parameters: { 'linux/amd64': INSTRUCTION } }],
  });
  const { outcome, seconds, cpuSeconds } = await usageDuring(testbed.home, fleet.pids, async () => {
    const { id: actionId } = await testbed.post(action);
    return { actionId, ...(await waitForUpgrade(testbed, actionId)) };
  });
  const { actionId, ...counts } = outcome;
  writeResults('upgrade', [
    {
      what: `${agents} simulated agents upgraded, at most ${AT_ONCE} at the same time`,
      agents,
      seconds: round(seconds),
      perSecond: round(agents / seconds),
      ...counts,
      ...(await measureHistories(testbed, actionId)),
      workerPeakMb: usageOfParts(testbed.home).worker?.peakMb,
      cpuSeconds,
    },
  ]);
}

interface UpgradeCounts {
  done: number;
  failed: number;
  mostAtOnce: number;
}

async function waitForUpgrade(testbed: Testbed, actionId: number): Promise<UpgradeCounts> {
  let mostAtOnce = 0;
  const countsAtEnd = async () => {
    const { status, atOnce, done, failed } = await readUpgrades(testbed, actionId);
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    return isFinalStatus(status) && { done, failed, mostAtOnce };
  };
  return waitFor('the end of the upgrade', countsAtEnd, { timeoutMs: TIMEOUT_MS, everyMs: 100 });
}

interface UpgradeState {
  status: string;
  atOnce: number;
  done: number;
  failed: number;
}

async function readUpgrades({ db }: Testbed, actionId: number): Promise<UpgradeState> {
  return readRow<UpgradeState>(db, {
    text: `SELECT
       (SELECT status FROM actions WHERE id = $1) AS status,
       count(*) FILTER (WHERE step <> 'waiting' AND finishedat IS NULL)::int AS "atOnce",
       count(*) FILTER (WHERE outcome = 'done')::int AS done,
       count(*) FILTER (WHERE outcome <> 'done')::int AS failed
     FROM upgrades
     WHERE actionid = $1`,
    values: [actionId],
  });
}

/** The runs of the action's workflow: it continues as new when its history becomes long. */
async function measureHistories({ temporal }: Testbed, actionId: number) {
  const histories: { events: number; bytes: number }[] = [];
  const query = `WorkflowId = '${actionWorkflowId(actionId)}'`;
  for await (const { historyLength, historySize = 0 } of temporal.workflow.list({ query })) {
    histories.push({ events: historyLength, bytes: historySize });
  }
  return {
    workflowRuns: histories.length,
    mostEvents: Math.max(...histories.map(({ events }) => events)),
    mostBytes: Math.max(...histories.map(({ bytes }) => bytes)),
  };
}

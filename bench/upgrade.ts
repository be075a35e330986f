import { actionWorkflowId } from '../contract/names.ts';
import { openFleet } from '../dev/simulation/fleet.ts';
import { openBenchPlatform, say, whenRegistered } from '../dev/simulation/platform.ts';
import { waitFor } from '../dev/wait.ts';
import { report, round } from './report.ts';
import { cpuBetween, usageOfParts } from './usage.ts';
import type { BenchValues } from './values.ts';

const AT_ONCE = 200;
/** A download, a check and a start: about what the real one takes. */
const START_MS = 1_000;

/** An upgrade of many simulated agents, a bounded number at the same time. */
export async function benchUpgrade({ agents = 2000 }: BenchValues): Promise<void> {
  await using platform = await openBenchPlatform({ worker: { MIG_UPGRADE_AT_ONCE: String(AT_ONCE) } });
  const { home, stack, db } = platform;
  say(`connecting ${agents} simulated agents`);
  await using fleet = await openFleet(stack, {
    home,
    count: agents,
    prefix: 'bench',
    connections: 2,
    startMs: START_MS,
  });
  await whenRegistered(platform, 'bench', agents);
  const instruction = {
    to_version: '2-simulated',
    location: 'https://127.0.0.1/mig-agent',
    checksum: '0'.repeat(64),
  };
  const before = usageOfParts(home, fleet.pids);
  const began = performance.now();
  const { id } = await platform.post(
    await platform.sign({
      name: 'upgrade',
      target: `name LIKE 'bench-%'`,
      expiresInMs: 3_600_000,
      operations: [{ module: 'upgrade', parameters: { 'linux/amd64': instruction } }],
    }),
  );
  let mostAtOnce = 0;
  const look = async () => {
    const { rows } = await db.query(
      `SELECT (SELECT status FROM actions WHERE id = $1) AS status,
         count(*) FILTER (WHERE step <> 'waiting' AND finishedat IS NULL)::int AS "atOnce",
         count(*) FILTER (WHERE outcome = 'done')::int AS done,
         count(*) FILTER (WHERE outcome <> 'done')::int AS failed FROM upgrades WHERE actionid = $1`,
      [id],
    );
    mostAtOnce = Math.max(mostAtOnce, rows[0].atOnce);
    return rows[0] as { status: string; done: number; failed: number };
  };
  const { done, failed } = await waitFor(
    'the end of the upgrade',
    async () => {
      const now = await look();
      return ['completed', 'cancelled', 'invalid'].includes(now.status) && now;
    },
    { timeoutMs: 3_600_000, everyMs: 100 },
  );
  const seconds = (performance.now() - began) / 1000;
  const after = usageOfParts(home, fleet.pids);
  const histories = [];
  for await (const run of platform.temporal.workflow.list({
    query: `WorkflowId = '${actionWorkflowId(id)}'`,
  })) {
    histories.push({ events: run.historyLength, bytes: run.historySize ?? 0 });
  }
  report('upgrade', [
    {
      what: `${agents} simulated agents upgraded, at most ${AT_ONCE} at the same time`,
      agents,
      seconds: round(seconds),
      perSecond: round(agents / seconds),
      done,
      failed,
      mostAtOnce,
      workflowRuns: histories.length,
      mostEvents: Math.max(...histories.map(({ events }) => events)),
      mostBytes: Math.max(...histories.map(({ bytes }) => bytes)),
      workerPeakMb: after.worker?.peakMb,
      cpuSeconds: cpuBetween(before, after),
    },
  ]);
}

import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed, waitForAnswers } from '../dev/simulation/testbed.ts';
import { readRow } from '../platform/postgres/read-row.ts';
import { measureFloors } from './measure/floor.ts';
import { runRounds } from './measure/interactive-rounds.ts';
import { round } from './measure/statistics.ts';
import { usageDuring } from './measure/usage.ts';
import { writeResults } from './measure/write-results.ts';

const SWEPT = 10_000;
const WARM_UPS = 10;
const ROUNDS = 100;

/** An action to one agent, alone and while other actions go to 10,000: an interactive action does not wait for a sweep. */
export async function benchMixed(): Promise<void> {
  await using testbed = await openTestbed();
  await using swept = await openRegisteredFleet(testbed, { count: SWEPT, prefix: 'sweep', connections: 4 });
  await using single = await openRegisteredFleet(testbed, { count: 1, prefix: 'single' });
  const pids = { ...withPrefix('sweep', swept.pids), ...withPrefix('single', single.pids) };
  const floors = await measureFloors(testbed, { prefix: 'single', runs: 5 });
  await runRounds(testbed, { name: 'warm-up', prefix: 'single', count: WARM_UPS });
  const measureRounds = (name: string) =>
    usageDuring(testbed.home, pids, () => runRounds(testbed, { name, prefix: 'single', count: ROUNDS }));
  const alone = await measureRounds('alone');
  const sweeps = startSweeps(testbed);
  const beside = await measureRounds('beside a sweep');
  const sweptMeanwhile = await countSweptAnswers(testbed);
  await sweeps.stop();
  writeResults('mixed', [
    { what: 'one agent, alone, ms', ...flatten(alone), ...floors },
    { what: `one agent, while ${SWEPT} are swept, ms`, ...flatten(beside), sweptMeanwhile },
    { what: 'p95 beside a sweep, times of alone', times: round(beside.outcome.p95 / alone.outcome.p95) },
  ]);
}

function withPrefix(prefix: string, pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [`${prefix} ${name}`, pid]));
}

/** Sends one sweep after the other until stopped. */
function startSweeps(testbed: Testbed): { stop(): Promise<void> } {
  let isStopped = false;
  const sweep = async () => {
    for (let n = 0; !isStopped; n++) {
      const action = await testbed.sign({ name: `sweep ${n}`, target: `name LIKE 'sweep-%'` });
      const { id: actionId } = await testbed.post(action);
      await waitForAnswers(testbed, { actionId, count: SWEPT, everyMs: 100 });
    }
  };
  const sweeping = sweep();
  return {
    async stop() {
      isStopped = true;
      await sweeping;
    },
  };
}

/** Counts the answers to sweeps so far: a sweep is slower while it yields to other actions. */
async function countSweptAnswers({ db }: Testbed): Promise<number> {
  const { count } = await readRow<{ count: number }>(db, {
    text: `SELECT count(*)::int AS count
     FROM commands c
     JOIN actions a ON a.id = c.actionid
     WHERE a.name LIKE 'sweep %' AND c.status = 'success'`,
  });
  return count;
}

function flatten<T>({
  outcome,
  seconds,
  ...usage
}: {
  outcome: T;
  seconds: number;
  cpuSeconds: object;
  memoryMb: object;
}) {
  return { ...outcome, ...usage, seconds: round(seconds) };
}

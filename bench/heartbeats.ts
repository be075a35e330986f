import type { Fleet } from '../dev/simulation/fleet.ts';
import { openTestbed, type Testbed } from '../dev/simulation/testbed.ts';
import { report } from '../dev/terminal.ts';
import { measureFloors } from './measure/floor.ts';
import { openSettledFleet, platformUsageDuring } from './measure/settled-fleet.ts';
import { median } from './measure/statistics.ts';
import { waitForHeartbeats } from './measure/wait-for-heartbeats.ts';
import { writeResults } from './measure/write-results.ts';

const AGENTS = 10_000;
const HEARTBEATS_S = 10;
const RUNS = 5;

/** What 10,000 heartbeats within ten seconds cost the platform. */
export async function benchHeartbeats(): Promise<void> {
  await using testbed = await openTestbed();
  await using fleet = await openSettledFleet(testbed, AGENTS);
  const floors = await measureFloors(testbed, { prefix: 'bench' });
  const runs = [];
  for (let n = 0; n < RUNS; n++) {
    const run = await platformUsageDuring(testbed, fleet, () => sendHeartbeats(testbed, fleet));
    runs.push(run);
    report(JSON.stringify(run));
  }
  const medianSeconds = median(runs.map(({ seconds }) => seconds));
  writeResults('heartbeats', [
    {
      what: `${AGENTS} heartbeats, from the first to the last recorded`,
      aim: HEARTBEATS_S,
      ...runs.find(({ seconds }) => seconds === medianSeconds),
      platformCores: median(runs.map(({ platformCores }) => platformCores)),
      runs: runs.map(({ seconds }) => seconds),
      ...floors,
    },
  ]);
}

async function sendHeartbeats({ db }: Testbed, fleet: Fleet): Promise<void> {
  const sinceMs = Date.now();
  await fleet.heartbeat(HEARTBEATS_S * 1000);
  await waitForHeartbeats(db, { sinceMs, timeoutMs: 600_000, everyMs: 50 });
}

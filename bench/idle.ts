import { setTimeout as sleep } from 'node:timers/promises';
import { openTestbed } from '../dev/simulation/testbed.ts';
import { openSettledFleet, platformUsageDuring } from './measure/settled-fleet.ts';
import { writeResults } from './measure/write-results.ts';

const AGENTS = 10_000;
const IDLE_MS = 60_000;

/** What 10,000 agents cost each part while no action runs. */
export async function benchIdle(): Promise<void> {
  await using testbed = await openTestbed();
  await using fleet = await openSettledFleet(testbed, AGENTS);
  const idle = await platformUsageDuring(testbed, fleet, () => sleep(IDLE_MS));
  writeResults('idle', [{ what: `${AGENTS} idle agents, between heartbeats`, ...idle }]);
}

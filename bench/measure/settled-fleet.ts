import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../../dev/simulation/fleet.ts';
import { openRegisteredFleet } from '../../dev/simulation/registered-fleet.ts';
import type { Testbed } from '../../dev/simulation/testbed.ts';
import { round } from './statistics.ts';
import { usageDuring } from './usage.ts';

const SETTLE_MS = 5_000;

/** Opens a registered fleet and waits until the work after its registration is done. */
export async function openSettledFleet(testbed: Testbed, count: number): Promise<Fleet> {
  const fleet = await openRegisteredFleet(testbed, { count, prefix: 'bench', connections: 4 });
  await sleep(SETTLE_MS);
  return fleet;
}

/** Measures what the platform takes during the work; the simulated agents do not count as the platform. */
export async function platformUsageDuring(
  { home }: Testbed,
  { pids }: Fleet,
  work: () => Promise<unknown>,
): Promise<{
  seconds: number;
  platformCores: number;
  cpuSeconds: Record<string, number>;
  memoryMb: Record<string, number>;
}> {
  const { seconds, cpuSeconds, memoryMb } = await usageDuring(home, pids, work);
  const ofPlatform = Object.entries(cpuSeconds).filter(([name]) => !(name in pids));
  const cores = ofPlatform.reduce((sum, [, value]) => sum + value, 0) / seconds;
  return { seconds: round(seconds), platformCores: round(cores), cpuSeconds, memoryMb };
}

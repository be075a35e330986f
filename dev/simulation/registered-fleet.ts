import { readRow } from '../../platform/postgres/read-row.ts';
import { report } from '../terminal.ts';
import { waitFor } from '../wait-for.ts';
import { type Fleet, type FleetOptions, openFleet } from './fleet.ts';
import type { Testbed } from './testbed.ts';

/** Opens a fleet on the testbed's relay and waits until every agent that is not offline is registered. */
export async function openRegisteredFleet(
  testbed: Testbed,
  options: Omit<FleetOptions, 'home'>,
): Promise<Fleet> {
  report(`connecting ${options.count} simulated agents`);
  const fleet = await openFleet(testbed.stack, { ...options, home: testbed.home });
  await waitForRegistration(testbed, options);
  return fleet;
}

async function waitForRegistration(
  { db }: Testbed,
  { prefix, count }: { prefix: string; count: number },
): Promise<void> {
  const areRegistered = async () => {
    const registered = await readRow<{ count: number }>(db, {
      text: `SELECT count(*)::int AS count
       FROM agents
       WHERE name LIKE $1`,
      values: [`${prefix}-%`],
    });
    return registered.count >= count;
  };
  await waitFor(`registration of ${count} agents`, areRegistered, { timeoutMs: 900_000, everyMs: 200 });
}

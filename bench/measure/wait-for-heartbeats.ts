import type { Testbed } from '../../dev/simulation/testbed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { readRow } from '../../platform/postgres/read-row.ts';

/** Waits until the database has a heartbeat of every agent since `sinceMs`. */
export async function waitForHeartbeats(
  db: Testbed['db'],
  { sinceMs, ...timing }: { sinceMs: number; timeoutMs: number; everyMs: number },
): Promise<void> {
  const areRecorded = async () => {
    const { late } = await readRow<{ late: number }>(db, {
      text: `SELECT count(*)::int AS late
       FROM agents
       WHERE heartbeattime < to_timestamp($1 / 1000.0)`,
      values: [sinceMs],
    });
    return late === 0;
  };
  await waitFor('the last heartbeats', areRecorded, timing);
}

import type { Testbed } from '../../dev/simulation/testbed.ts';
import { waitFor } from '../../dev/wait-for.ts';

/** Waits until the database has a heartbeat of every agent since then. */
export async function waitForHeartbeats(
  db: Testbed['db'],
  { sinceMs, ...timing }: { sinceMs: number; timeoutMs: number; everyMs: number },
): Promise<void> {
  const areRecorded = async () => {
    const { rows } = await db.query(
      'SELECT count(*)::int AS late FROM agents WHERE heartbeattime < to_timestamp($1 / 1000.0)',
      [sinceMs],
    );
    return rows[0].late === 0;
  };
  await waitFor('the last heartbeats', areRecorded, timing);
}

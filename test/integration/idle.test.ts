import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const OBSERVED_S = 8;
/** Only the reconciler sends queries by itself, every few seconds. */
const MAX_TRANSACTIONS_A_SECOND = 10;

// A count, not a duration: on a slower machine it is only smaller.
test('an idle platform sends the database at most ten transactions a second', async () => {
  const transactions = async () => {
    const { rows } = await platform.pool.query(
      `SELECT xact_commit + xact_rollback AS n FROM pg_stat_database WHERE datname = current_database()`,
    );
    return rows[0].n as number;
  };
  await sleep(2_000);
  const before = await transactions();
  await sleep(OBSERVED_S * 1_000);
  const asked = (await transactions()) - before;
  expect(asked / OBSERVED_S).toBeLessThan(MAX_TRANSACTIONS_A_SECOND);
});

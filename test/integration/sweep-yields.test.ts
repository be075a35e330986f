import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postAction } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { commandsByStatus, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

const SWEPT = 1_200;
/** So long that even a busy machine sends one of the other actions meanwhile. */
const YIELD_MS = 6_000;

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ sweepRateBesideOthers: 5, sweepYieldMs: YIELD_MS });
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'swept-' || n, 'linux.swept-' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}'
     FROM generate_series(1, $1::int) n`,
    [SWEPT],
  );
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Counts the published commands of an action. These agents have no queues, so the relay returns them. */
async function handled(actionId: number): Promise<number> {
  const { rows } = await platform.pool.query(
    `SELECT count(*)::int AS count FROM commands WHERE actionid = $1 AND (publishedat IS NOT NULL OR returnedat IS NOT NULL)`,
    [actionId],
  );
  return rows[0].count;
}

test('a sweep yields while other actions are sent, continues, and stops at once when cancelled', async () => {
  const stop = new AbortController();
  const post = async () => {
    while (!stop.signal.aborted) {
      await postAction(platform.api, { name: 'one', target: `name = 'swept-1'` });
      await sleep(500);
    }
  };
  // Several at once: on a busy machine a single one would leave pauses for the sweep.
  const others = Promise.all([post(), post(), post()]);
  await sleep(1000);
  const id = await postAction(platform.api, { name: 'sweep', target: `name LIKE 'swept-%'` });
  const slowly = await waitFor('the first commands of the sweep', async () => {
    const count = await handled(id);
    return count >= 5 && count;
  });
  expect(slowly).toBeLessThan(SWEPT / 10);
  await waitFor('more of them', async () => (await handled(id)) > slowly);
  await platform.api.form('/action/cancel/', { actionid: String(id) });
  expect((await waitForEnd(platform, id)).status).toBe('cancelled');
  stop.abort();
  await others;
  // Long enough for the rate limit to end: no command that was read before the cancel may still be waiting.
  await sleep(YIELD_MS + 500);
  expect(await handled(id)).toBeLessThan(SWEPT / 4);
  expect(await commandsByStatus(platform, id)).toEqual({ cancelled: SWEPT });
});

test('a sweep runs at full speed while no other action is sent', async () => {
  await sleep(YIELD_MS);
  const id = await postAction(platform.api, { name: 'sweep', target: `name LIKE 'swept-%'` });
  // At its rate beside other actions it would take four minutes.
  await waitFor('all commands', async () => (await handled(id)) === SWEPT, { timeoutMs: 120_000 });
});

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { departCommands } from '../../activities/brakes/depart.ts';
import type { DispatchDeps } from '../../activities/dispatch.ts';
import { postBraked } from '../setup/brakes.ts';
import { openDispatchDeps } from '../setup/dispatch-deps.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

// The clock of the database decides, and turns never follow each other without a pause or an event. No worker runs.

let platform: Platform;
let deps: DispatchDeps;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  const { pool } = platform;
  deps = await openDispatchDeps(platform, { urgency: 'interactive' });
  // Nobody reads the queues of these agents: the relay returns their commands.
  await pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'away', 'linux.away.' || n, 'daemon', '1', n, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
     FROM generate_series(1, 3) AS n`,
  );
});
afterEach(() => vi.useRealTimers());
afterAll(() => platform?.[Symbol.asyncDispose]());

async function braked(expiresInMs: number): Promise<number> {
  const { pool, api } = platform;
  const id = await postBraked(api, {}, { target: `name='away'`, expireAfterMs: Date.now() + expiresInMs });
  await pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
     SELECT $1, id, queueloc, 'sent', now()
     FROM agents`,
    [id],
  );
  await pool.query(`UPDATE actions SET status = 'inflight', resolvedat = now() WHERE id = $1`, [id]);
  return id;
}

const depart = (actionId: number, forMs: number) =>
  departCommands(
    deps,
    { actionId },
    { urgency: 'interactive', progress: { after: 0 }, signal: AbortSignal.timeout(forMs) },
  );

test('a worker whose clock is ahead sends what has not expired by the clock of the database', async () => {
  const id = await braked(60_000);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600_000 });
  expect(await depart(id, 20_000)).toMatchObject({ isDone: false, waitMs: null });
  const { rows } = await platform.pool.query(
    'SELECT count(*) FILTER (WHERE returnedat IS NOT NULL) AS sent FROM commands WHERE actionid = $1',
    [id],
  );
  expect(rows).toEqual([{ sent: 3 }]);
});

test('commands that are kept back at the last moment are not taken again and again', async () => {
  const id = await braked(600_000);
  // As when the window closes between each decision and its commands.
  await platform.pool.query(`
    CREATE SEQUENCE turns;
    GRANT ALL ON turns TO PUBLIC;
    CREATE FUNCTION close_at_once() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.closesat := now(); PERFORM nextval('turns'); RETURN NEW; END $$;
    CREATE TRIGGER close_at_once BEFORE UPDATE OF closesat ON brakes FOR EACH ROW EXECUTE FUNCTION close_at_once()`);
  await expect(depart(id, 4_000)).rejects.toThrow();
  const { rows } = await platform.pool.query('SELECT last_value AS turns FROM turns');
  expect(rows[0].turns).toBeGreaterThan(1);
  expect(rows[0].turns).toBeLessThanOrEqual(5);
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeTurn } from '../../activities/brakes/take-turn.ts';
import type { Brakes } from '../../contract/brakes.ts';
import { MAX_BATCH } from '../../contract/rules/brakes/pace.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import {
  beginAttempt,
  stillLeaving,
  withdrawUnsent,
} from '../../platform/postgres/queries/brakes/departures.ts';
import {
  claimReturned,
  hasUnpublished,
  markPublished,
  markReturned,
  unpublishedPage,
} from '../../platform/postgres/queries/commands/commands.ts';
import { changeBrakes, closedWindow, postBraked } from '../setup/brakes.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

// What the workers decide in the database, turn by turn. No worker runs.

const AGENTS = 40;
let platform: Platform;
/** With the rights of a worker. */
let pool: Pool;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  pool = createPool({ url: platform.workerConfig.postgresUrl, name: 'test', max: 5 });
  platform.defer(() => pool.end());
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT
       'agent',
       'linux.agent.' || n,
       'daemon',
       CASE WHEN n % 10 = 0 THEN 'rare' ELSE 'usual' END,
       n,
       now(),
       now(),
       now(),
       CASE WHEN n % 4 = 0 THEN 'idle' ELSE 'online' END,
       '{"os":"linux"}',
       '{}'
     FROM generate_series(1, $1) AS n`,
    [AGENTS],
  );
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** An action in flight with a command for each agent. */
async function braked(brakes: Brakes): Promise<number> {
  const id = await postBraked(platform.api, brakes, { target: `name='agent'` });
  await platform.pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
     SELECT $1, id, queueloc, 'sent', now()
     FROM agents`,
    [id],
  );
  await platform.pool.query(`UPDATE actions SET status = 'inflight', resolvedat = now() WHERE id = $1`, [id]);
  return id;
}

/** A turn of the newest attempt to send the commands of an action. */
async function turn(actionId: number, atMs?: number) {
  const attempt = await attemptOf(actionId);
  return takeTurn(pool, {
    actionId,
    attempt,
    most: MAX_BATCH,
    ...(atMs === undefined ? {} : { clock: () => atMs }),
  });
}

async function attemptOf(actionId: number): Promise<number> {
  const { rows } = await platform.pool.query('SELECT attempt FROM brakes WHERE actionid = $1', [actionId]);
  return rows[0].attempt;
}
const idsOf = (commands: readonly { id: number }[]) => commands.map(({ id }) => id);

async function answer(ids: readonly number[], status: 'success' | 'failed' | 'timeout') {
  await platform.pool.query(
    `UPDATE commands
     SET
       status = $2,
       results = '[{"foundanything":false,"success":true,"errors":null}]',
       publishedat = coalesce(publishedat, now()),
       finishtime = now()
     WHERE id = ANY($1::numeric[])`,
    [ids, status],
  );
}

test('no other way lets a command of an action with brakes leave', async () => {
  const id = await braked({});
  const shard = { actionId: id, shard: 0, shards: 1, after: 0 };
  expect(await unpublishedPage(pool, { ...shard, limit: 500 })).toEqual([]);
  expect(await hasUnpublished(pool, shard)).toEqual({ isFound: true, isBraked: true });
  expect((await turn(id)).commands).toHaveLength(AGENTS);
});

test('a page that was read before the action had brakes waits for its turn', async () => {
  const id = await braked({});
  const { rows } = await platform.pool.query('SELECT id::float8 AS id FROM commands WHERE actionid = $1', [
    id,
  ]);
  const read = rows.map((row) => row.id);
  expect(await stillLeaving(pool, read)).toEqual([]);
  await turn(id);
  expect(await stillLeaving(pool, read)).toHaveLength(AGENTS);
});

test('a command that an agent can be sent again waits for its turn', async () => {
  const id = await braked({ windows: [closedWindow()] });
  const { rows } = await platform.pool.query('SELECT id, queueloc FROM commands WHERE actionid = $1', [id]);
  await markReturned(pool, idsOf(rows));
  expect((await turn(id)).standing).toMatchObject({ isDone: false, waitMs: null });
  expect(await claimReturned(pool, [rows[0].queueloc])).toEqual({ commands: [], braked: [id] });
  const { commands, standing } = await turn(id);
  expect(commands).toEqual([]);
  expect(standing.state).toMatch(/^waits for the window that opens /);
  await changeBrakes(platform.api, id, {});
  expect(idsOf((await turn(id)).commands)).toEqual([rows[0].id]);
});

describe('a window', () => {
  // Mondays, 22 to 23 o'clock in Berlin, long after this test.
  const window = { days: ['mon' as const], from: '22:00', to: '23:00', timezone: 'Europe/Berlin' };
  const opens = Date.parse('2099-06-01T20:00:00Z');

  test('that is closed lets nothing go, and the same brakes let it go when it opens', async () => {
    const id = await braked({});
    await changeBrakes(platform.api, id, {});
    await platform.pool.query(`UPDATE brakes SET settings = $2 WHERE actionid = $1`, [
      id,
      JSON.stringify({ windows: [window] }),
    ]);
    const closed = await turn(id, opens - 1);
    expect(closed.commands).toEqual([]);
    expect(closed.standing.waitMs).toBe(1);
    expect((await turn(id, opens)).commands).toHaveLength(AGENTS);
  });

  test('that closes keeps even what was read before', async () => {
    const id = await braked({});
    const ids = idsOf((await turn(id)).commands);
    expect(await stillLeaving(pool, ids)).toHaveLength(AGENTS);
    await platform.pool.query(`UPDATE brakes SET closesat = now() WHERE actionid = $1`, [id]);
    expect(await stillLeaving(pool, ids)).toEqual([]);
    await withdrawUnsent(pool, { ids, attempt: await attemptOf(id) });
    expect((await turn(id)).commands).toHaveLength(AGENTS);
  });
});

describe('the canary', () => {
  test('is online where it can be, has one of each version first, and is the same whenever it is chosen', async () => {
    const id = await braked({ canary: { agents: 4 } });
    const first = (await turn(id)).commands;
    expect(first.map(({ agent }) => agent.status)).toEqual(['online', 'online', 'online', 'online']);
    expect(first.map(({ agent }) => agent.version).sort()).toEqual(['rare', 'rare', 'usual', 'usual']);
    // As after a worker that died before it sent any.
    expect(await beginAttempt(pool, id)).toEqual({ attempt: 1, left: 0 });
    expect(idsOf((await turn(id)).commands)).toEqual(idsOf(first));
  });

  test('of an attempt that was given up is sent again, although other agents would be chosen now', async () => {
    const id = await braked({ canary: { agents: 4 } });
    const first = (await turn(id)).commands;
    await platform.pool.query(
      `UPDATE agents
       SET status = CASE status WHEN 'online' THEN 'idle' ELSE 'online' END`,
    );
    await beginAttempt(pool, id);
    const again = (await turn(id)).commands;
    await platform.pool.query(
      `UPDATE agents
       SET status = CASE status WHEN 'online' THEN 'idle' ELSE 'online' END`,
    );
    expect(idsOf(again).sort()).toEqual(idsOf(first).sort());
    // Whoever was believed dead ends its batch after all.
    await markPublished(pool, idsOf(first));
    expect((await turn(id)).commands).toEqual([]);
  });

  test('that found no queue is replaced by other agents', async () => {
    const id = await braked({ canary: { agents: 4 } });
    const ids = idsOf((await turn(id)).commands);
    await markReturned(pool, ids.slice(0, 1));
    await markPublished(pool, ids.slice(1));
    await withdrawUnsent(pool, { ids, attempt: await attemptOf(id) });
    const others = await turn(id);
    expect(others.commands).toHaveLength(1);
    expect(ids).not.toContain(others.commands[0]?.id);
  });

  test.each(['failed', 'timeout'] as const)('counts an answer that is %s as a failure', async (status) => {
    const id = await braked({ canary: { agents: 2 } });
    await answer(idsOf((await turn(id)).commands), status);
    expect((await turn(id)).heldFor).toBe('2 of 2 answers of the canary failed');
  });

  test('counts an answer of which a module failed as a failure', async () => {
    const id = await braked({ canary: { agents: 1 } });
    const ids = idsOf((await turn(id)).commands);
    await answer(ids, 'success');
    await platform.pool.query(
      `UPDATE commands SET results = '[{"foundanything":false,"success":false,"errors":null}]' WHERE id = ANY($1::numeric[])`,
      [ids],
    );
    expect((await turn(id)).heldFor).toBe('1 of 1 answers of the canary failed');
  });
});

test('an action that has stopped by itself tells why until it is resumed', async () => {
  const id = await braked({ canary: { agents: 1 } });
  await answer(idsOf((await turn(id)).commands), 'failed');
  const held = 'held: 1 of 1 answers of the canary failed';
  expect((await turn(id)).standing).toMatchObject({ isPaused: true, state: held, waitMs: null });
  expect((await turn(id)).standing).toMatchObject({ isPaused: true, state: held, waitMs: null });
  // Brakes that would not stop it do not let it go on.
  expect((await changeBrakes(platform.api, id, {})).status).toBe(200);
  expect(await turn(id)).toMatchObject({ commands: [], standing: { isPaused: true, waitMs: null } });
});

test('an attempt that was given up takes nothing, sends nothing, and withdraws nothing of the next one', async () => {
  const id = await braked({ perminute: 60 });
  const old = await attemptOf(id);
  const ids = idsOf((await turn(id)).commands);
  await beginAttempt(pool, id);
  expect(await stillLeaving(pool, ids)).toEqual([]);
  await expect(takeTurn(pool, { actionId: id, attempt: old, most: MAX_BATCH })).rejects.toMatchObject({
    code: 'unavailable',
  });
  const again = idsOf((await turn(id, Date.now() + 60_000)).commands);
  expect(again).toEqual(ids);
  expect(await withdrawUnsent(pool, { ids, attempt: old })).toBe(0);
  expect(await stillLeaving(pool, ids)).toEqual(ids);
});

test('of many workers at once one takes a batch, and all respect the rate', async () => {
  const id = await braked({ perminute: 60 });
  const turns = await Promise.all(Array.from({ length: 5 }, () => turn(id)));
  expect(turns.map(({ commands }) => commands.length).sort()).toEqual([0, 0, 0, 0, 6]);
});

test('whatever the rate, the times of its turns, and lost workers, no minute has more commands than it allows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.record({ afterMs: fc.nat(20_000), isLost: fc.boolean() }), { minLength: 5, maxLength: 15 }),
      async (perminute, steps) => {
        const id = await braked({ perminute });
        let nowMs = Date.now();
        const left: number[] = [];
        for (const { afterMs, isLost } of steps) {
          nowMs += afterMs;
          const ids = idsOf((await turn(id, nowMs)).commands);
          left.push(...ids.map(() => nowMs));
          if (isLost) await beginAttempt(pool, id);
          else await markPublished(pool, ids);
        }
        for (const start of left) {
          const within = left.filter((ms) => ms >= start && ms < start + 60_000);
          expect(within.length).toBeLessThanOrEqual(perminute);
        }
      },
    ),
    { numRuns: 8 },
  );
});

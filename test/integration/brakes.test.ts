import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { paceOf } from '../../contract/rules/brakes/pace.ts';
import { postAction } from '../../dev/api-caller.ts';
import type { SimulatedAgents } from '../../dev/simulation/agent/agents.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { progressQuery } from '../../workflows/messages.ts';
import { brakesNow, changeBrakes, closedWindow, postBraked, publishedCount } from '../setup/brakes.ts';
import {
  cliOf,
  commandsByStatus,
  openAgents,
  openPlatform,
  type Platform,
  waitForEnd,
} from '../setup/platform.ts';

const GOOD = 12;
const BAD = 24;
const GOOD_ONES = { target: `name LIKE 'good-%'` };
const BAD_ONES = { target: `name LIKE 'bad-%'` };

let platform: Platform;
let good: SimulatedAgents;

beforeAll(async () => {
  platform = await openPlatform();
  good = platform.use(await openAgents(platform, { count: GOOD, prefix: 'good', delayMs: 500 }));
  // Agents that trust nobody refuse every action.
  const acl = () => ({ default: { minimumweight: 1, investigators: {} } });
  platform.use(await openAgents(platform, { count: BAD, prefix: 'bad', acl }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function waitUntilHeld(id: number) {
  return waitFor('the action to stop by itself', async () => {
    const brakes = await brakesNow(platform.api, id);
    return brakes?.held ? brakes : undefined;
  });
}

async function waitUntilWaiting(id: number): Promise<string> {
  return waitFor('the window to hold it', async () => {
    return (await brakesNow(platform.api, id))?.state ?? undefined;
  });
}

function steer(verb: 'pause' | 'resume' | 'cancel', id: number) {
  return platform.api.form(`/action/${verb}/`, { actionid: String(id) });
}

async function auditKinds(id: number): Promise<string[]> {
  const { rows } = await platform.pool.query('SELECT kind FROM audit WHERE objectid = $1 ORDER BY id', [id]);
  return rows.map(({ kind }) => kind);
}

test('an action without brakes has none, and its commands are no departures', async () => {
  const id = await postAction(platform.api, GOOD_ONES);
  expect((await waitForEnd(platform, id)).status).toBe('completed');
  expect(await brakesNow(platform.api, id)).toBeUndefined();
  const { rows } = await platform.pool.query('SELECT FROM departures WHERE actionid = $1', [id]);
  expect(rows).toEqual([]);
});

describe('the canary', () => {
  test('goes first, and the others go after its last answer', async () => {
    const id = await postBraked(platform.api, { canary: { agents: 3 } }, GOOD_ONES);
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ success: GOOD });
    const { rows } = await platform.pool.query(
      `SELECT
         count(*) FILTER (WHERE d.iscanary) AS canary,
         min(d.leftat) FILTER (WHERE NOT d.iscanary) > max(c.finishtime) FILTER (WHERE d.iscanary) AS "isAfter"
       FROM departures d
       JOIN commands c ON c.id = d.commandid
       WHERE d.actionid = $1`,
      [id],
    );
    expect(rows).toEqual([{ canary: 3, isAfter: true }]);
    expect(await brakesNow(platform.api, id)).toMatchObject({ state: null, held: false, canarypassed: true });
    expect(good.ledger.repeated()).toEqual([]);
  });

  test('that fails stops the action with its reason, and a resume lets the others go', async () => {
    const id = await postBraked(platform.api, { canary: { agents: 2 } }, BAD_ONES);
    const reason = '2 of 2 answers of the canary failed';
    expect(await waitUntilHeld(id)).toMatchObject({
      state: `held: ${reason}`,
      failed: 2,
      canarypassed: false,
    });
    expect(await publishedCount(platform, id)).toBe(2);
    const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
    await waitFor('the workflow to know', async () => (await handle.query(progressQuery)).isPaused);
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain(reason);
    expect((await steer('resume', id)).status).toBe(200);
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ failed: BAD });
    expect(await auditKinds(id)).toEqual(expect.arrayContaining(['action', 'held', 'resume']));
  });
});

test('the rate holds between any two batches, whoever sends them', async () => {
  const perminute = 19;
  const id = await postBraked(
    platform.api,
    { perminute },
    { target: `name IN ('good-0', 'good-1', 'good-2')` },
  );
  expect((await waitForEnd(platform, id)).status).toBe('completed');
  const { rows } = await platform.pool.query(
    `SELECT
       count(*) AS count,
       min(after) AS least
     FROM (
       SELECT extract(epoch FROM c.publishedat - lag(d.leftat) OVER (ORDER BY d.leftat))::float8 * 1000 AS after
       FROM departures d
       JOIN commands c ON c.id = d.commandid
       WHERE d.actionid = $1
     ) AS batches`,
    [id],
  );
  expect(rows[0].count).toBe(3);
  expect(rows[0].least).toBeGreaterThanOrEqual(paceOf(perminute).everyMs);
});

test('of brakes that come at the same time each names in the audit trail those before it', async () => {
  for (let round = 0; round < 5; round++) {
    const id = await postAction(platform.api, {
      ...GOOD_ONES,
      validFromMs: Date.now() + 60_000,
      expireAfterMs: Date.now() + 120_000,
    });
    const rates = [30, 40, 50, 60];
    const answers = await Promise.all(
      rates.map((perminute) => changeBrakes(platform.api, id, { perminute })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { rows } = await platform.pool.query(
      `SELECT (detail #>> '{brakes,perminute}')::int AS now, (detail #>> '{before,perminute}')::int AS before
       FROM audit
       WHERE objectid = $1 AND kind = 'brakes'
       ORDER BY id`,
      [id],
    );
    expect(rows.map(({ now }) => now).sort()).toEqual(rates);
    const befores = rows.map(({ before }) => before);
    expect(befores.filter((before) => before === null)).toHaveLength(1);
    expect(new Set(befores).size).toBe(rates.length);
    expect((await steer('cancel', id)).status).toBe(200);
  }
});

describe('a window that is closed', () => {
  test('keeps every command, says so, and other brakes let them go', async () => {
    const id = await postBraked(platform.api, { windows: [closedWindow()] }, GOOD_ONES);
    expect(await waitUntilWaiting(id)).toMatch(
      /^waits for the window that opens \w{3} \d{4}-\d\d-\d\d \d\d:00 UTC$/,
    );
    expect(await publishedCount(platform, id)).toBe(0);
    expect((await changeBrakes(platform.api, id, {})).status).toBe(200);
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ success: GOOD });
    expect(await auditKinds(id)).toEqual(['action', 'brakes']);
  });

  test('counts for an action that was launched without brakes', async () => {
    const id = await postAction(platform.api, {
      ...GOOD_ONES,
      validFromMs: Date.now() + 3_000,
      expireAfterMs: Date.now() + 24 * 3600_000,
    });
    expect((await changeBrakes(platform.api, id, { windows: [closedWindow()] })).status).toBe(200);
    await waitUntilWaiting(id);
    expect(await publishedCount(platform, id)).toBe(0);
    expect((await steer('cancel', id)).status).toBe(200);
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
    expect(await commandsByStatus(platform, id)).toEqual({ cancelled: GOOD });
  });
});

describe('an action that stops by itself', () => {
  const pace = { perminute: 60, stopat: { failedpercent: 50, minimumanswers: 5 } };

  test('at failures sends nothing more, and a cancel ends it', async () => {
    const id = await postBraked(platform.api, pace, BAD_ONES);
    const { state } = await waitUntilHeld(id);
    expect(state).toBe('held: 6 of 6 answers failed, and it stops at 50 %');
    const { rows } = await platform.pool.query('SELECT paused, status FROM actions WHERE id = $1', [id]);
    expect(rows).toEqual([{ paused: true, status: 'inflight' }]);
    expect((await steer('cancel', id)).status).toBe(200);
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
    expect(await commandsByStatus(platform, id)).toEqual({ failed: 6, cancelled: BAD - 6 });
  });

  test('at matches counts later answers only, once it was resumed', async () => {
    const brakes = { perminute: 30, stopat: { matchedpercent: 100, minimumanswers: 3 } };
    const id = await postBraked(platform.api, brakes, GOOD_ONES);
    expect(await waitUntilHeld(id)).toMatchObject({ answered: 3, matched: 3, failed: 0 });
    expect(await publishedCount(platform, id)).toBe(3);
    expect((await steer('resume', id)).status).toBe(200);
    await waitFor('later commands', async () => (await publishedCount(platform, id)) > 3);
    expect(await waitUntilHeld(id)).toMatchObject({ answered: 3 });
    expect(await publishedCount(platform, id)).toBe(6);
    await steer('cancel', id);
    await waitForEnd(platform, id);
  });
});

test('mig brakes says how many agents its new rate leaves unasked', async () => {
  const fiveMinutes = { ...GOOD_ONES, expireAfterMs: Date.now() + 300_000 };
  const id = await postBraked(platform.api, { perminute: 2 }, fiveMinutes);
  await waitFor('the first command', async () => (await publishedCount(platform, id)) > 0);
  const cli = cliOf(platform);
  const slow = await cli.mig(['brakes', String(id), '-rate', '1/min']);
  expect(slow, slow.stderr).toMatchObject({ status: 0 });
  expect(slow.stderr).toMatch(/at most [45] of about 1[12] agents are asked before the action expires/);
  expect((await cli.mig(['brakes', String(id), '-rate', '600/min'])).stderr).not.toContain('at most');
  await steer('cancel', id);
  await waitForEnd(platform, id);
});

test('a pause by hand holds an action with brakes, and a resume goes on', async () => {
  const id = await postBraked(platform.api, { windows: [closedWindow()] }, GOOD_ONES);
  await waitUntilWaiting(id);
  expect((await steer('pause', id)).status).toBe(200);
  await changeBrakes(platform.api, id, {});
  await waitFor('the pause to hold it', async () => {
    return (await brakesNow(platform.api, id))?.state === 'waits until it is resumed';
  });
  expect(await publishedCount(platform, id)).toBe(0);
  expect((await steer('resume', id)).status).toBe(200);
  expect((await waitForEnd(platform, id)).status).toBe('completed');
});

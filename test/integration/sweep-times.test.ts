import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSweepRun } from '../../activities/sweep/run.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { unplannedTime } from '../../platform/temporal/sweep-schedule.ts';
import { createSweepSchedules } from '../../worker/sweep-schedules.ts';
import { log, openPlatform, type Platform } from '../setup/platform.ts';
import { type PostedSweep, postSweep, sweepText } from '../setup/sweeps.ts';
import { openTcpGate } from '../setup/tcp-gate.ts';

// What becomes of planned times that Temporal has not started. There is no worker: each test accounts once.

const MINUTE_MS = 60_000;
const DEADLINE_EXCEEDED = 4;

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

interface Run {
  id: number;
  plannedat: string;
  state: string;
  reason: string | null;
}

/** Every run in the order of its planned time. */
async function runsOf({ id }: PostedSweep): Promise<Run[]> {
  const { rows } = await platform.pool.query<Run>(
    'SELECT id, plannedat, state, reason FROM sweep_runs WHERE sweepid = $1 ORDER BY plannedat',
    [id],
  );
  return rows;
}

/** A sweep of each minute that was planned for ten minutes without a platform. */
async function sweepAfterOutage(name: string, overlap: string): Promise<PostedSweep> {
  const schedule = { cron: '* * * * *', catchup: '1h', overlap };
  const posted = await postSweep(platform.api, sweepText({ name, schedule, validity: '2h' }));
  // So that Temporal starts nothing meanwhile.
  await platform.pool.query(
    `UPDATE sweeps SET accountedto = now() - interval '10 minutes', scheduledas = '{}' WHERE id = $1`,
    [posted.id],
  );
  return posted;
}

async function account(): Promise<void> {
  await createSweepSchedules({ pool: platform.pool, temporal: platform.temporal, log }).account();
}

async function storePause({ id }: PostedSweep, pausedat: string, resumedat: string | null): Promise<void> {
  await platform.pool.query('INSERT INTO sweep_pauses (sweepid, pausedat, resumedat) VALUES ($1, $2, $3)', [
    id,
    pausedat,
    resumedat,
  ]);
}

const minute = (ms: number) => new Date(Math.floor(ms / MINUTE_MS) * MINUTE_MS).toISOString();

test('a time that was planned during a pause is missed, also when it is accounted for after the end', async () => {
  const posted = await sweepAfterOutage('paused meanwhile', 'skip');
  const from = minute(Date.now() - 7 * MINUTE_MS);
  const to = minute(Date.now() - 4 * MINUTE_MS);
  await storePause(posted, from, to);
  await account();
  const runs = await runsOf(posted);
  const paused = runs.filter(({ reason }) => reason === 'the sweep was paused');
  expect(paused.map(({ plannedat, state }) => [Date.parse(plannedat), state])).toEqual(
    [0, 1, 2].map((minutes) => [Date.parse(from) + minutes * MINUTE_MS, 'missed']),
  );
  expect(runs.length).toBeGreaterThanOrEqual(8);
});

test('the pauses that the API orders are remembered with their ends', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'steered' }));
  const fields = { sweepid: String(posted.id) };
  for (const verb of ['pause', 'resume', 'pause']) {
    expect((await platform.api.form(`/sweep/${verb}/`, fields)).status).toBe(200);
  }
  const { rows } = await platform.pool.query(
    `SELECT resumedat IS NOT NULL AS resumed, resumedat > pausedat AS later
     FROM sweep_pauses
     WHERE sweepid = $1
     ORDER BY pausedat`,
    [posted.id],
  );
  expect(rows).toEqual([
    { resumed: true, later: true },
    { resumed: false, later: null },
  ]);
});

test('a time that Temporal starts after the pause began is missed as well', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'late pause' }));
  expect((await platform.api.form('/sweep/pause/', { sweepid: String(posted.id) })).status).toBe(200);
  const opened = await openSweepRun(
    { pool: platform.pool, log },
    { sweepId: posted.id, runId: null, plannedAt: minute(Date.now()), workflowId: 'by-test' },
  );
  expect(opened).toMatchObject({ isFinal: true, state: 'missed' });
  expect(await runsOf(posted)).toMatchObject([{ state: 'missed', reason: 'the sweep was paused' }]);
});

test('the times of a sweep whose document cannot be read are missed, with the reason', async () => {
  const posted = await sweepAfterOutage('unreadable', 'queue');
  await platform.pool.query(
    `UPDATE sweeps SET document = jsonb_set(document::jsonb, '{stagger}', '"1m"')::text WHERE id = $1`,
    [posted.id],
  );
  const nowMs = Date.now();
  await storePause(posted, minute(nowMs - 7 * MINUTE_MS), minute(nowMs - 5 * MINUTE_MS));
  await account();
  const runs = await runsOf(posted);
  expect(runs.length).toBeGreaterThanOrEqual(8);
  const isPaused = ({ reason }: Run) => reason === 'the sweep was paused';
  expect(runs.filter(isPaused)).toHaveLength(2);
  for (const run of runs.filter((one) => !isPaused(one)))
    expect(run).toMatchObject({ state: 'missed', reason: expect.stringMatching(/cannot read.*stagger/) });
  await account();
  expect((await runsOf(posted)).slice(0, runs.length)).toEqual(runs);
});

test('planned times that lie far apart are looked up within one time limit', async () => {
  const schedule = { cron: '* * * * *', catchup: '0s' };
  const { id } = await postSweep(platform.api, sweepText({ name: 'far apart', schedule }));
  const { address } = platform.slot.services.temporal;
  await using gate = await openTcpGate('127.0.0.1', Number(new URL(`tcp://${address}`).port));
  const { client, close } = createTemporalClient({
    address: `127.0.0.1:${gate.port}`,
    namespace: platform.slot.name,
  });
  const firstMs = Date.parse(minute(Date.now())) + MINUTE_MS;
  // More than a thousand planned times lie between two of them, so that each needs a call.
  const times = Array.from({ length: 40 }, (_, day) => firstMs + day * 24 * 60 * MINUTE_MS);
  try {
    expect(await unplannedTime(client, { sweepId: id, times })).toBeNull();
    gate.delay(100);
    const began = Date.now();
    const looking = unplannedTime(client, { sweepId: id, times, timeoutMs: 1_000 });
    await expect(looking).rejects.toMatchObject({ code: DEADLINE_EXCEEDED });
    expect(Date.now() - began).toBeLessThan(3_000);
  } finally {
    await close();
  }
});

describe('several late times, after an outage,', () => {
  test('with the policy skip: the first runs, and the others overlap with it', async () => {
    const posted = await sweepAfterOutage('skipping', 'skip');
    await account();
    const [first, ...others] = await runsOf(posted);
    expect(first).toMatchObject({ state: 'awaiting signature', reason: null });
    expect(others.length).toBeGreaterThanOrEqual(7);
    for (const run of others) {
      expect(run).toMatchObject({ state: 'overlapped', reason: 'the run before had not ended' });
    }
  });

  test('with the policy queue: the first runs, and the others wait', async () => {
    const posted = await sweepAfterOutage('queueing', 'queue');
    await account();
    expect(await runsOf(posted)).toMatchObject([{ state: 'awaiting signature' }]);
  });

  test('with the policy cancel: the last runs in place of the one before the outage', async () => {
    const posted = await sweepAfterOutage('cancelling', 'cancel');
    const before = minute(Date.now() - 12 * MINUTE_MS);
    await platform.pool.query(
      `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, workflowid, startedat)
       VALUES ($1, 'schedule', $2, 'running', 'before-the-outage', $2)`,
      [posted.id, before],
    );
    await account();
    const [former, ...late] = await runsOf(posted);
    expect(former).toMatchObject({ state: 'running', reason: 'the next run took its place' });
    const last = late.pop();
    expect(last).toMatchObject({ state: 'awaiting signature', reason: null });
    expect(late.length).toBeGreaterThanOrEqual(7);
    for (const run of late) {
      expect(run).toMatchObject({ state: 'missed', reason: 'the next run took its place' });
    }
    const found = await platform.pool.query('SELECT cancelledat FROM sweep_runs WHERE id = $1', [former?.id]);
    expect(found.rows[0].cancelledat).not.toBeNull();
  });
});

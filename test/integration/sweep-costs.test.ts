import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createSweepSchedules } from '../../worker/sweep-schedules.ts';
import { log, openPlatform, type Platform } from '../setup/platform.ts';
import { postSweep, sweepText } from '../setup/sweeps.ts';

// What sweeps cost while nothing changes. There is no worker: the statements are those of the request or the round alone.

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** The statements about sweeps that go to Postgres meanwhile. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return query.mock.calls.map(([statement]) => String(statement)).filter((text) => text.includes('sweep'));
  } finally {
    query.mockRestore();
  }
}

async function postSweeps(names: readonly string[]): Promise<void> {
  for (const name of names) await postSweep(platform.api, sweepText({ name }));
}

test('a list of many sweeps takes as many statements as a list of one', async () => {
  const list = async () => {
    const answer = await platform.api.get('/sweep/list');
    expect(answer.status, answer.text).toBe(200);
    return answer.body.collection.items.length;
  };
  await postSweeps(['first']);
  await list(); // what is cached for a while is cached now
  const one = await statementsOf(list);
  await postSweeps(['second', 'third', 'fourth']);
  const many = await statementsOf(list);
  expect(await list()).toBe(4);
  expect(many.length).toBe(one.length);
});

test('a worker reads each document once', async () => {
  await postSweeps(['fifth', 'sixth']);
  const schedules = createSweepSchedules({ pool: platform.pool, temporal: platform.temporal, log });
  const round = async () => {
    await schedules.keep({ all: false });
    await schedules.account();
    await schedules.startRuns({ all: false });
  };
  const reads = (statements: readonly string[]) => statements.filter((text) => /\bdocument\b/.test(text));
  expect(reads(await statementsOf(round)).length).toBeGreaterThan(0);
  expect(reads(await statementsOf(round))).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { sweepScheduleId } from '../../contract/names.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import {
  type PostedSweep,
  postSweep,
  signAhead,
  signParts,
  sweepText,
  triggerSweep,
} from '../setup/sweeps.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

test.each(['{', '[null]', '{}'])('operations that are %s are refused', async (operations) => {
  const posted = await postSweep(platform.api, sweepText({ name: `operations ${operations.length}` }));
  const text = sweepText({ name: 'no operations' });
  const created = await platform.api.form('/sweep/create/', {
    sweep: text,
    signatures: JSON.stringify([await signText(text, platform.api.key)]),
    operations: JSON.stringify([operations]),
  });
  const plannedat = new Date().toISOString();
  const parts = (await signParts(platform.api.key, posted, plannedat)).map((part) => ({
    ...part,
    operations,
  }));
  const run = await platform.api.form('/sweep/run/', {
    sweepid: String(posted.id),
    run: JSON.stringify({ kind: 'trigger', plannedat, parts }),
  });
  expect([created.status, run.status], `${created.text} ${run.text}`).toEqual([400, 400]);
});

test('a run for now that asks nothing, or would begin in years, is refused', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'not now' }));
  const nothing = { kind: 'verify', checks: [], target: "queueloc='linux.web1.1'" };
  await expect(triggerSweep(platform.api, posted, nothing)).rejects.toThrow(
    /400.*none of them asks anything/s,
  );
  await expect(triggerSweep(platform.api, posted, { plannedat: '2100-01-01T00:00:00Z' })).rejects.toThrow(
    /400.*is not now/s,
  );
});

test.each([
  [400, 'checks: is for the kind', { checks: ['one'] }],
  [400, 'target: is for the kind', { target: 'true' }],
  [400, 'checks: is missing', { kind: 'verify', target: "queueloc='linux.web1.1'" }],
  [400, 'target: is missing', { kind: 'verify', checks: ['one'] }],
  [404, "no check 'two'", { kind: 'verify', checks: ['two'], target: "queueloc='linux.web1.1'" }],
  [400, 'must name endpoints', { kind: 'verify', checks: ['one'], target: 'true' }],
  [400, 'must name endpoints', { kind: 'verify', checks: ['one'], target: "queueloc='a' OR true" }],
  [404, "no endpoint 'linux.web1.1'", { kind: 'verify', checks: ['one'], target: "queueloc='linux.web1.1'" }],
])('a run for now is refused with %i and %j: %j', async (status, reason, run) => {
  const posted = await postSweep(
    platform.api,
    sweepText({ name: `${JSON.stringify(run).length} ${reason.length}` }),
  );
  await expect(triggerSweep(platform.api, posted, run)).rejects.toThrow(
    new RegExp(`answered ${status}.*${reason}`, 's'),
  );
  const { rows } = await platform.pool.query('SELECT count(*) AS n FROM sweep_runs WHERE sweepid = $1', [
    posted.id,
  ]);
  expect(rows).toEqual([{ n: 0 }]);
});

describe('signatures ahead', () => {
  const DAILY = { cron: '0 3 * * *', timezone: 'Europe/Berlin', jitter: '30s', catchup: '0s' };
  const timesOf = async ({ id }: PostedSweep, days: number): Promise<string[]> => {
    const until = new Date(Date.now() + days * 24 * 3600_000).toISOString();
    const answer = await platform.api.get(`/sweep/times?sweepid=${id}&until=${until}`);
    return answer.body.collection.items[0].data[0].value.planned;
  };
  const signedOf = async ({ id }: PostedSweep): Promise<number> => {
    const { rows } = await platform.pool.query('SELECT count(*) AS n FROM sweep_signed WHERE sweepid = $1', [
      id,
    ]);
    return rows[0].n;
  };

  test('are taken for every planned time, across a change of daylight time and whatever the jitter', async () => {
    const schedule = { ...DAILY, cron: '0 3,15 * * *' };
    const posted = await postSweep(platform.api, sweepText({ name: 'planned', schedule, validity: '5m' }));
    const times = await timesOf(posted, 395);
    const chosen = times.filter((_, index) => index % 9 === 0 || index === times.length - 1);
    const answer = await signAhead(platform.api, posted, chosen);
    expect(answer.status, answer.text).toBe(202);
    expect(await signedOf(posted)).toBe(chosen.length);
  });

  test('are taken for times that are further apart than one answer of Temporal reaches', async () => {
    const schedule = { cron: '* * * * *', catchup: '0s' };
    const posted = await postSweep(platform.api, sweepText({ name: 'far apart', schedule, validity: '5m' }));
    const beginMs = Math.ceil(Date.now() / 60_000) * 60_000 + 3600_000;
    const times = [0, 900, 2_500, 2_501, 30_000].map((minute) =>
      timestampFromMillis(beginMs + minute * 60_000),
    );
    const answer = await signAhead(platform.api, posted, times);
    expect(answer.status, answer.text).toBe(202);
    await platform.api.form('/sweep/delete/', { sweepid: String(posted.id) });
  });

  test('are refused for a time that the schedule does not plan, and then none is stored', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'unplanned', schedule: DAILY }));
    const [first = '', second = ''] = await timesOf(posted, 4);
    for (const shiftMs of [-86_400_000 / 2, -60_000, -1000, -1, 1, 1000, 60_000, 30 * 60_000]) {
      const wrong = timestampFromMillis(Date.parse(second) + shiftMs);
      const answer = await signAhead(platform.api, posted, [first, wrong]);
      expect([answer.status, answer.text]).toEqual([
        400,
        expect.stringContaining(`plans no run at ${wrong}`),
      ]);
    }
    const micros = second.replace('Z', '.000001Z');
    expect((await signAhead(platform.api, posted, [micros])).text).toContain(`plans no run at ${micros}`);
    expect(await signedOf(posted)).toBe(0);
  });

  test('are refused for a time years ahead, for no run, and for one time twice', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'years ahead', schedule: DAILY }));
    const [first = ''] = await timesOf(posted, 3);
    const year = new Date().getUTCFullYear() + 3;
    const far = await signAhead(platform.api, posted, [`${year}-07-01T01:00:00Z`]);
    expect([far.status, far.text]).toEqual([400, expect.stringContaining('400 days at most')]);
    const none = await signAhead(platform.api, posted, []);
    expect([none.status, none.text]).toEqual([400, expect.stringContaining('must have at least one run')]);
    const twice = await signAhead(platform.api, posted, [first, first]);
    expect([twice.status, twice.text]).toEqual([400, expect.stringContaining('1.plannedat: is')]);
    expect(await signedOf(posted)).toBe(0);
  });

  test('make the schedule when no worker has made it yet', async () => {
    const { sweep, operations } = await postSweep(
      platform.api,
      sweepText({ name: 'ready', schedule: DAILY }),
    );
    const { rows } = await platform.pool.query<{ id: number }>(
      `INSERT INTO sweeps (name, document, signatures, operations, createdby)
       SELECT 'not ready', document, signatures, operations, createdby
       FROM sweeps
       WHERE name = 'ready'
       RETURNING id`,
    );
    const posted = { id: rows[0]?.id ?? 0, sweep, operations };
    const handle = platform.temporal.schedule.getHandle(sweepScheduleId(posted.id));
    await expect(handle.describe()).rejects.toThrow('not found');
    const [first = ''] = await timesOf(posted, 3);
    const answer = await signAhead(platform.api, posted, [first]);
    expect(answer.status, answer.text).toBe(202);
    expect((await handle.describe()).scheduleId).toBe(sweepScheduleId(posted.id));
  });
});

test('a filter of items that is neither true nor false is refused', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'filter' }));
  expect((await platform.api.get(`/sweep/items?sweepid=${posted.id}&flipped=yes`)).status).toBe(400);
});

test('a window for late runs that no worker can keep to is refused, with the smallest', async () => {
  const schedule = { cron: '0 0 1 1 *', catchup: '59s' };
  await expect(
    postSweep(platform.api, sweepText({ name: 'hasty', schedule, validity: '5m' })),
  ).rejects.toThrow(/400.*schedule\.catchup: must be at least 60s, or 0s/s);
});

test('times for more runs than one answer has are refused with the latest time, which is accepted', async () => {
  const schedule = { cron: '*/5 * * * *', catchup: '0s' };
  const { id } = await postSweep(platform.api, sweepText({ name: 'often', schedule }));
  const timesUntil = (until: string) => platform.api.get(`/sweep/times?sweepid=${id}&until=${until}`);
  const refused = await timesUntil(new Date(Date.now() + 90 * 24 * 3600_000).toISOString());
  expect(refused.status).toBe(400);
  const [, latest = ''] =
    /the latest time that is accepted now is (\S+)$/.exec(refused.body.collection.error.message) ?? [];
  const accepted = await timesUntil(latest);
  expect(accepted.status, accepted.text).toBe(200);
  const { planned } = accepted.body.collection.items[0].data[0].value;
  expect(planned.at(-1)).toBe(latest);
  // A planned time may have passed between the two requests.
  expect([9_999, 10_000]).toContain(planned.length);
});

test('a sweep whose id and name contradict each other is refused', async () => {
  const one = await postSweep(platform.api, sweepText({ name: 'one' }));
  await postSweep(platform.api, sweepText({ name: 'two' }));
  expect((await platform.api.get(`/sweep?sweepid=${one.id}&name=one`)).status).toBe(200);
  const read = await platform.api.get(`/sweep?sweepid=${one.id}&name=two`);
  expect([read.status, read.text]).toEqual([400, expect.stringContaining('sweepid and name')]);
  const deleted = await platform.api.form('/sweep/delete/', { sweepid: String(one.id), name: 'two' });
  expect([deleted.status, deleted.text]).toEqual([400, expect.stringContaining('sweepid and name')]);
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApiCaller } from '../../dev/api-caller.ts';
import { defined } from '../setup/defined.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import {
  plannedThisMinute,
  planRun,
  postSweep,
  signAhead,
  sweepText,
  triggerSweep,
  waitForRun,
} from '../setup/sweeps.ts';

// Signatures of somebody who may not sign any more.

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function valuesOf(path: string): Promise<Record<string, unknown>[]> {
  const answer = await platform.api.get(path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.collection.items.map((one: { data: { value: object }[] }) => one.data[0]?.value);
}

const DISABLE = `status = 'disabled'`;
const TAKE_RIGHT = 'permissions = permissions & ~4';
const changeJohn = (change: string) =>
  platform.pool.query(`UPDATE investigators SET ${change} WHERE name LIKE 'John%'`);
afterEach(() => changeJohn(`status = 'active', permissions = permissions | 4`));

test.each([
  ['disabled', DISABLE, 'unknown entity'],
  ['without the right', TAKE_RIGHT, 'has no permission action_create any more'],
])('leave the run unsigned, with the reason, and no endpoint is asked: %s', async (what, change, reason) => {
  const { cron, plannedat } = plannedThisMinute();
  const schedule = { cron, catchup: '0s' };
  const posted = await postSweep(platform.api, sweepText({ name: what, schedule, validity: '5m' }));
  const john = await createApiCaller(platform.apiUrl, platform.people.john);
  const signed = await signAhead(john, posted, [plannedat]);
  expect(signed.status, signed.text).toBe(202);
  await changeJohn(change);
  const plannedRun = await planRun(platform, posted, plannedat);
  const run = await waitForRun(platform, plannedRun);
  expect(run).toMatchObject({ state: 'unsigned', reason: expect.stringContaining(reason), targeted: 0 });
  const { rows } = await platform.pool.query('SELECT FROM sweep_actions WHERE runid = $1', [plannedRun]);
  expect(rows).toEqual([]);
});

test.each([
  ['key off', DISABLE, 'the investigator is disabled'],
  ['right off', TAKE_RIGHT, 'the signer lost the permission action_create'],
])('do not count, are named, and can be replaced: %s', async (name, change, why) => {
  const schedule = { cron: '0 * * * *', catchup: '0s' };
  const posted = await postSweep(platform.api, sweepText({ name, schedule }));
  const john = await createApiCaller(platform.apiUrl, platform.people.john);
  const until = new Date(Date.now() + 6 * 3600_000).toISOString();
  const timesOf = async () => {
    const [times] = await valuesOf(`/sweep/times?sweepid=${posted.id}&until=${until}`);
    return defined(times) as { planned: string[]; signed: string[] };
  };
  const viewOf = async () => (await valuesOf(`/sweep?sweepid=${posted.id}`))[0];
  const { planned } = await timesOf();
  expect((await signAhead(platform.api, posted, planned.slice(0, 2))).status).toBe(202);
  expect((await signAhead(john, posted, planned.slice(2))).status).toBe(202);
  expect((await timesOf()).signed).toEqual(planned);
  await changeJohn(change);
  expect((await timesOf()).signed).toEqual(planned.slice(0, 2));
  const { fingerprint } = platform.people.john;
  expect(await viewOf()).toMatchObject({
    signedruns: 2,
    signeduntil: planned[1],
    lostsigners: [{ fingerprint, why, runs: planned.length - 2 }],
  });
  expect((await signAhead(platform.api, posted, planned.slice(2))).status).toBe(202);
  expect(await viewOf()).toMatchObject({ signedruns: planned.length, lostsigners: [] });
});

test('are refused when somebody else posts them', async () => {
  const { cron, plannedat } = plannedThisMinute();
  const schedule = { cron, catchup: '0s' };
  const posted = await postSweep(platform.api, sweepText({ name: 'posted', schedule, validity: '5m' }));
  await changeJohn(TAKE_RIGHT);
  const john = await createApiCaller(platform.apiUrl, platform.people.john);
  const byJohn = Object.assign(Object.create(platform.api), { key: john.key });
  const answer = await signAhead(byJohn, posted, [plannedat]);
  expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('without the permission')]);
  await expect(triggerSweep(byJohn, posted)).rejects.toThrow(/403.*without the permission/s);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepScheduleId } from '../../contract/names.ts';
import { createApiCaller } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { createSweepSchedules } from '../../worker/sweep-schedules.ts';
import { auditRows } from '../setup/audit-rows.ts';
import { defined } from '../setup/defined.ts';
import { log, openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import {
  fileCheck,
  type PostedSweep,
  plannedThisMinute,
  planRun,
  postSweep,
  signAhead,
  sweepText,
  triggerSweep,
  waitForRun,
} from '../setup/sweeps.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 3 }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

type Value = Record<string, unknown>;

async function valuesOf(path: string): Promise<Value[]> {
  const answer = await platform.api.get(path);
  expect(answer.status, answer.text).toBe(200);
  return (answer.body.collection.items ?? []).map((one: { data: { value: Value }[] }) => one.data[0]?.value);
}

function itemsOf({ id }: PostedSweep, query = ''): Promise<Value[]> {
  return valuesOf(`/sweep/items?sweepid=${id}${query}`);
}

async function statesOf({ id }: PostedSweep): Promise<string[]> {
  return (await valuesOf(`/sweep/runs?sweepid=${id}`)).map(({ state }) => String(state));
}

test('a run that was asked for gives an item for each check and endpoint', async () => {
  const text = sweepText({ name: 'asked', checks: [fileCheck('one', '/etc'), fileCheck('two', '/etc')] });
  const posted = await postSweep(platform.api, text);
  const run = await waitForRun(platform, await triggerSweep(platform.api, posted));
  expect(run).toMatchObject({ state: 'complete', reason: null, targeted: 3, answered: 3 });
  const items = await itemsOf(posted);
  expect(items).toHaveLength(6);
  for (const item of items) {
    expect(item).toMatchObject({ run: run.id, level: 'high', reference: `ref-${item.check}`, waiver: null });
  }
});

test('a check that could not be translated is not checked, and never passes', async () => {
  const action = { name: 'by hand', operations: [], compliance: { notchecked: 'needs a program' } };
  const text = sweepText({ name: 'by hand', checks: [fileCheck('one', '/etc'), { id: 'none', action }] });
  const posted = await postSweep(platform.api, text);
  await waitForRun(platform, await triggerSweep(platform.api, posted));
  const items = await itemsOf(posted, '&check=none');
  expect(items.map(({ status, expected }) => [status, expected])).toEqual(
    Array.from({ length: 3 }, () => ['notchecked', 'not checked: needs a program']),
  );
});

test('the target of nobody is a missed run with its reason', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'nobody', target: `name='nobody'` }));
  const run = await waitForRun(platform, await triggerSweep(platform.api, posted));
  expect(run).toMatchObject({ state: 'missed', reason: 'the target matches no agent', targeted: 0 });
});

test('a run without a signature ends unsigned when its time is over', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'unsigned' }));
  const plannedat = new Date(Date.now() - 45_000).toISOString();
  await planRun(platform, posted, plannedat);
  await waitFor('the end', async () => (await statesOf(posted))[0] === 'unsigned');
  expect((await valuesOf(`/sweep/runs?sweepid=${posted.id}`))[0]).toMatchObject({
    reason: 'nobody has signed this run',
  });
});

test('a run that is signed while it waits is launched at once', async () => {
  const { cron, plannedat } = plannedThisMinute();
  const schedule = { cron, catchup: '0s' };
  const posted = await postSweep(
    platform.api,
    sweepText({ name: 'late signature', schedule, validity: '5m' }),
  );
  const plannedRun = await planRun(platform, posted, plannedat);
  await waitFor('its workflow', async () => {
    const found = await platform.pool.query('SELECT startedat FROM sweep_runs WHERE id = $1', [plannedRun]);
    return found.rows[0].startedat !== null;
  });
  const answer = await signAhead(platform.api, posted, [plannedat]);
  expect(answer.status, answer.text).toBe(202);
  expect(await waitForRun(platform, plannedRun)).toMatchObject({ state: 'complete', answered: 3 });
});

describe('what is refused', () => {
  test('a second sweep of a name, and none after the first was deleted', async () => {
    const text = sweepText({ name: 'twice' });
    const first = await postSweep(platform.api, text);
    await expect(postSweep(platform.api, text)).rejects.toThrow(/409.*a sweep 'twice' exists/s);
    const deleted = await platform.api.form('/sweep/delete/', { sweepid: String(first.id) });
    expect(deleted.status).toBe(200);
    expect((await postSweep(platform.api, text)).id).not.toBe(first.id);
  });

  test('a document that was changed after it was signed', async () => {
    const signatures = JSON.stringify([await signText(sweepText({ name: 'changed' }), platform.api.key)]);
    const { operations } = await postSweep(platform.api, sweepText({ name: 'unchanged' }));
    const answer = await platform.api.form('/sweep/create/', {
      sweep: sweepText({ name: 'changed', target: '1=1' }),
      signatures,
      operations: JSON.stringify(operations),
    });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('signature_wrong')]);
  });

  test('signed operations that are not those of the checks', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'other operations' }));
    const other = await postSweep(
      platform.api,
      sweepText({ name: 'the other', checks: [fileCheck('other', '/root')] }),
    );
    const swapped = { ...posted, sweep: other.sweep };
    await expect(triggerSweep(platform.api, swapped)).rejects.toThrow(/409.*not those of the checks/s);
  });

  test('a window that is wider than the run', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'wide' }));
    const plannedat = new Date().toISOString();
    const wide = { ...posted, sweep: { ...posted.sweep, validity: 3_600_000 } };
    const answer = await signAhead(platform.api, wide, [plannedat]);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('action_window')]);
  });

  test('every change by somebody without the right', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'rights' }));
    const setRight = (operator: string) =>
      platform.pool.query(
        `UPDATE investigators SET permissions = permissions ${operator} WHERE name LIKE 'John%'`,
      );
    await setRight('& ~4');
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const fields = { sweepid: String(posted.id) };
    const statuses = [];
    for (const path of ['pause', 'resume', 'delete', 'sign', 'run', 'waive', 'unwaive']) {
      statuses.push((await john.form(`/sweep/${path}/`, fields)).status);
    }
    await setRight('| 4');
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
});

describe('the schedule in Temporal', () => {
  const scheduleOf = ({ id }: PostedSweep) => platform.temporal.schedule.getHandle(sweepScheduleId(id));

  test('follows pause, resume and delete', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'steered' }));
    const fields = { sweepid: String(posted.id) };
    expect((await scheduleOf(posted).describe()).state.paused).toBe(false);
    expect((await platform.api.form('/sweep/pause/', fields)).status).toBe(200);
    expect((await scheduleOf(posted).describe()).state.paused).toBe(true);
    expect((await platform.api.form('/sweep/pause/', fields)).status).toBe(409);
    expect((await platform.api.form('/sweep/resume/', fields)).status).toBe(200);
    expect((await scheduleOf(posted).describe()).state.paused).toBe(false);
    expect((await platform.api.form('/sweep/delete/', fields)).status).toBe(200);
    await expect(scheduleOf(posted).describe()).rejects.toThrow(/not found/i);
  });

  test('is made again when Temporal has lost it', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'lost' }));
    await scheduleOf(posted).delete();
    const deps = { pool: platform.pool, temporal: platform.temporal, log };
    await createSweepSchedules(deps).keep({ all: true });
    expect((await scheduleOf(posted).describe()).scheduleId).toBe(sweepScheduleId(posted.id));
  });

  test('tells the planned times, across a change of daylight time', async () => {
    const cron = '30 2 * * *';
    const schedule = { cron, timezone: 'Europe/Berlin', catchup: '0s' };
    const posted = await postSweep(platform.api, sweepText({ name: 'daylight', schedule }));
    const until = new Date(Date.now() + 390 * 24 * 3600_000).toISOString();
    const [times] = await valuesOf(`/sweep/times?sweepid=${posted.id}&until=${until}`);
    const planned = (defined(times).planned as string[]).map((time) => new Date(time));
    expect([...new Set(planned.map((time) => time.getUTCHours()))].sort()).toEqual([0, 1]);
    const nights = planned.map((time) => time.toLocaleDateString('en-CA', { timeZone: 'Europe/Berlin' }));
    // One night of the year has no 2:30. Another one has it twice, and a run at the first.
    expect(new Set(nights).size).toBe(nights.length);
    expect(planned.length).toBeGreaterThanOrEqual(388);
    expect(planned.length).toBeLessThanOrEqual(390);
  });

  test('tells more times than one answer of Temporal has', async () => {
    const posted = await postSweep(
      platform.api,
      sweepText({ name: 'each minute', schedule: { cron: '* * * * *', catchup: '0s' } }),
    );
    const until = new Date(Date.now() + 24 * 3600_000).toISOString();
    const [times] = await valuesOf(`/sweep/times?sweepid=${posted.id}&until=${until}`);
    expect(times?.planned).toHaveLength(1440);
    await platform.api.form('/sweep/delete/', { sweepid: String(posted.id) });
  });

  test('records what was planned while the sweep was paused for a week', async () => {
    const schedule = { cron: '0 */6 * * *', timezone: 'Europe/Berlin', catchup: '0s' };
    const posted = await postSweep(platform.api, sweepText({ name: 'paused', schedule }));
    expect((await platform.api.form('/sweep/pause/', { sweepid: String(posted.id) })).status).toBe(200);
    await platform.pool.query(`UPDATE sweeps SET accountedto = now() - interval '7 days' WHERE id = $1`, [
      posted.id,
    ]);
    await waitFor('the missed runs', async () => (await statesOf(posted)).length >= 27);
    const runs = await valuesOf(`/sweep/runs?sweepid=${posted.id}`);
    expect(runs.length).toBeLessThanOrEqual(29);
    for (const run of runs) expect(run).toMatchObject({ state: 'missed', reason: 'the sweep was paused' });
    const { rows: events } = await platform.pool.query(
      `SELECT detail FROM events WHERE kind = 'sweep.run' AND (detail ->> 'sweepid')::numeric = $1`,
      [posted.id],
    );
    expect(events.length).toBeGreaterThanOrEqual(runs.length);
    for (const { detail } of events) {
      expect(detail).toMatchObject({ state: 'missed', reason: 'the sweep was paused', targeted: 0 });
    }
  });
});

describe('waivers', () => {
  async function waive(
    posted: PostedSweep,
    changes: object,
    by = platform.api,
  ): Promise<{ status: number; text: string }> {
    const until = new Date(Date.now() + 3600_000).toISOString();
    const waiver = JSON.stringify({
      sweep: posted.sweep.name,
      sweepid: posted.id,
      check: 'one',
      why: 'legacy',
      until,
      ...changes,
    });
    const signatures = JSON.stringify([await signText(waiver, by.key)]);
    return by.form('/sweep/waive/', { sweepid: String(posted.id), waiver, signatures });
  }

  test('cover failures until they end, and are shown with who signed and why', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'waived' }));
    await waitForRun(platform, await triggerSweep(platform.api, posted));
    await platform.pool.query(
      `UPDATE compliance_items SET status = 'fail', verdict = 'fail' WHERE sweepid = $1`,
      [posted.id],
    );
    const [first] = await itemsOf(posted);
    const answer = await waive(posted, { agents: [first?.agent], queuelocs: [first?.queueloc] });
    expect(answer.status, answer.text).toBe(202);
    const waivers = (await itemsOf(posted)).map(({ waiver }) => waiver);
    expect(waivers.filter((waiver) => waiver !== null)).toEqual([
      expect.objectContaining({ why: 'legacy', by: expect.stringContaining('Bob') }),
    ]);
    await platform.pool.query(`UPDATE waivers SET until = now() WHERE sweepid = $1`, [posted.id]);
    expect((await itemsOf(posted)).every(({ waiver }) => waiver === null)).toBe(true);
  });

  test('and runs are in the audit trail with the keys that signed them', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'audited' }));
    const newYear = `${new Date().getUTCFullYear() + 1}-01-01T00:00:00Z`;
    expect((await signAhead(platform.api, posted, [newYear])).status).toBe(202);
    await triggerSweep(platform.api, posted);
    expect((await waive(posted, {})).status).toBe(202);
    const signers = [platform.people.bob.fingerprint];
    for (const kind of ['sweep_created', 'sweep_signed', 'sweep_run', 'waiver']) {
      const rows = await auditRows(platform, 'kind = $1', [kind]);
      expect(rows.at(-1)?.detail, kind).toMatchObject({ signers });
    }
  });

  test('cover the endpoints that had a name when they were signed, whatever is named so later', async () => {
    const posted = await postSweep(platform.api, sweepText({ name: 'renamed' }));
    await waitForRun(platform, await triggerSweep(platform.api, posted));
    await platform.pool.query(
      `UPDATE compliance_items SET status = 'fail', verdict = 'fail' WHERE sweepid = $1`,
      [posted.id],
    );
    const [honest, thief] = (await itemsOf(posted)).map(({ agent, queueloc }) => ({ agent, queueloc }));
    const answer = await waive(posted, { agents: [honest?.agent], queuelocs: [honest?.queueloc] });
    expect(answer.status, answer.text).toBe(202);
    const rename = (queueloc: unknown, agent: unknown) =>
      platform.pool.query('UPDATE sweep_endpoints SET agent = $3 WHERE sweepid = $1 AND queueloc = $2', [
        posted.id,
        queueloc,
        agent,
      ]);
    await rename(honest?.queueloc, 'a new name');
    const state = await platform.api.get(`/sweep/state?sweepid=${posted.id}`);
    expect(state.body.collection.items[0].data[0].value).toMatchObject({ waived: { one: 1 } });
    await rename(thief?.queueloc, honest?.agent);
    const waived = (await itemsOf(posted)).filter(({ waiver }) => waiver !== null);
    expect(waived.map(({ queueloc }) => queueloc)).toEqual([honest?.queueloc]);
    const sweep = await platform.api.get(`/sweep?sweepid=${posted.id}`);
    const [waiver] = sweep.body.collection.items
      .map((one: { data: { name: string; value: Value }[] }) => one.data[0])
      .filter(({ name }: { name: string }) => name === 'waiver');
    expect(waiver.value).toMatchObject({ agents: [honest?.agent] });
    expect(waiver.value.endpoints).toHaveLength(2);
    expect(waiver.value.endpoints).toEqual(
      expect.arrayContaining([
        { queueloc: honest?.queueloc, agent: 'a new name', covered: true },
        { queueloc: thief?.queueloc, agent: honest?.agent, covered: false },
      ]),
    );
  });

  test.each([
    ['a name alone', { agents: ['sim-1'] }, 400],
    ['an endpoint of another name', { agents: ['sim-1'], queuelocs: ['linux.unknown'] }, 404],
    ['another sweep', { sweep: 'elsewhere' }, 409],
    ['another sweep of this name', { sweepid: 7 }, 409],
    ['an unknown check', { check: 'unknown' }, 404],
    ['the past', { until: '2020-01-01T00:00:00Z' }, 400],
    ['no reason', { why: ' ' }, 400],
    ['a field that nobody reads', { forever: true }, 400],
  ])('for %s are refused', async (_what, changes, status) => {
    const posted = await postSweep(platform.api, sweepText({ name: `waive ${String(_what)}` }));
    expect(await waive(posted, changes)).toMatchObject({ status });
  });
});

test('a verification asks only what failed, of one endpoint, and leaves the other items alone', async () => {
  const text = sweepText({ name: 'verified', checks: [fileCheck('one', '/etc'), fileCheck('two', '/etc')] });
  const posted = await postSweep(platform.api, text);
  const whole = await waitForRun(platform, await triggerSweep(platform.api, posted));
  const [first] = await itemsOf(posted);
  const runId = await triggerSweep(platform.api, posted, {
    kind: 'verify',
    checks: ['one'],
    target: `queueloc='${first?.queueloc}'`,
  });
  expect(await waitForRun(platform, runId)).toMatchObject({ state: 'complete', targeted: 1 });
  const items = await itemsOf(posted);
  expect(items.filter(({ run }) => run === runId)).toMatchObject([
    { check: 'one', queueloc: first?.queueloc },
  ]);
  expect(items.filter(({ run }) => run === whole.id)).toHaveLength(5);
});

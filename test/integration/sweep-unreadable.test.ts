import { afterAll, beforeAll, expect, test } from 'vitest';
import { replaceSweepRun } from '../../activities/sweep/steer.ts';
import { sweepScheduleId } from '../../contract/names.ts';
import { VERSION } from '../../contract/version.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createLogger } from '../../platform/log.ts';
import { createSweepSchedules } from '../../worker/sweep-schedules.ts';
import { cliOf, commandsByStatus, log, openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import {
  fileCheck,
  type PostedSweep,
  postSweep,
  sweepText,
  triggerSweep,
  waitForRun,
} from '../setup/sweeps.ts';

// Sweeps that an earlier version has stored, and whose documents this one refuses.

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 1 }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Stores a sweep whose document has a field that this version does not know. */
async function storeUnreadable(name: string): Promise<PostedSweep> {
  const posted = await postSweep(platform.api, sweepText({ name }));
  await makeUnreadable(posted);
  return posted;
}

async function makeUnreadable({ id }: PostedSweep): Promise<void> {
  await platform.pool.query(
    `UPDATE sweeps SET document = jsonb_set(document::jsonb, '{stagger}', '"1m"')::text WHERE id = $1`,
    [id],
  );
}

async function stateOf({ id }: PostedSweep): Promise<{ paused: boolean; deletedat: string | null }> {
  const { rows } = await platform.pool.query('SELECT paused, deletedat FROM sweeps WHERE id = $1', [id]);
  return rows[0];
}

const scheduleOf = ({ id }: PostedSweep) => platform.temporal.schedule.getHandle(sweepScheduleId(id));

test('a list has all sweeps, and says which of them cannot be read, by which version and why', async () => {
  const unreadable = await storeUnreadable('listed');
  const readable = await postSweep(platform.api, sweepText({ name: 'readable' }));
  const answer = await platform.api.get('/sweep/list');
  expect(answer.status, answer.text).toBe(200);
  const listed = answer.body.collection.items.map((one: { data: { value: object }[] }) => one.data[0]?.value);
  expect(listed).toContainEqual(expect.objectContaining({ id: readable.id, unreadable: null, checks: 1 }));
  const problem = {
    code: 'sweep_unreadable',
    version: VERSION,
    message: expect.stringContaining('stagger'),
  };
  expect(listed).toContainEqual(
    expect.objectContaining({ id: unreadable.id, name: 'listed', unreadable: problem }),
  );
});

test('mig lists it, shows it plainly, and pauses and deletes it', async () => {
  const posted = await storeUnreadable('old nightly');
  await postSweep(platform.api, sweepText({ name: 'new nightly' }));
  const cli = cliOf(platform);
  const list = await cli.mig(['sweep', 'list']);
  expect(list.status, list.stderr).toBe(0);
  expect(list.stdout).toMatch(/^old nightly +unreadable +- /m);
  expect(list.stderr).toMatch(/^old nightly: cannot be read: version .* cannot read .*stagger/m);
  expect(list.stdout).toMatch(/^new nightly +active +0 0 1 1 \* UTC +1 +- /m);
  expect(list.stderr).toMatch(/^new nightly: no run is signed: mig sweep sign 'new nightly' -until 90d$/m);
  const rows = (await cli.mig(['sweep', 'list', '--csv'])).stdout.split('\r\n');
  expect(rows.filter((row) => row.startsWith('"old nightly","unreadable",'))).toHaveLength(1);
  const listed = JSON.parse((await cli.mig(['sweep', 'list', '--json'])).stdout);
  expect(listed.map(({ name }: { name: string }) => name)).toContain('old nightly');
  const shown = await cli.mig(['sweep', 'show', 'old nightly']);
  expect(shown.status).toBe(3);
  expect(shown.stdout).toMatch(/^old nightly {2}cannot be read: .*stagger/);
  expect((await cli.mig(['sweep', 'history', 'old nightly'])).status).toBe(0);
  expect((await cli.mig(['sweep', 'pause', 'old nightly'])).status).toBe(0);
  expect((await stateOf(posted)).paused).toBe(true);
  expect((await scheduleOf(posted).describe()).state.paused).toBe(true);
  expect((await cli.mig(['sweep', 'delete', 'old nightly'])).status).toBe(0);
  expect((await stateOf(posted)).deletedat).not.toBeNull();
  await expect(scheduleOf(posted).describe()).rejects.toThrow(/not found/i);
});

const plannedat = new Date().toISOString();
const run = { kind: 'trigger', plannedat, parts: [] };
const waiver = { check: 'one', why: 'x', until: '2100-01-01T00:00:00Z' };

test.each([
  ['sign', () => ({ runs: JSON.stringify([{ plannedat, parts: [] }]) })],
  ['run', () => ({ run: JSON.stringify(run) })],
  [
    'waive',
    (name: string, sweepid: number) => ({
      waiver: JSON.stringify({ ...waiver, sweep: name, sweepid }),
      signatures: '[]',
    }),
  ],
  ['resume', () => ({})],
])('what needs the document is refused by name: %s', async (verb, fieldsOf) => {
  const posted = await storeUnreadable(`refused ${verb}`);
  await platform.api.form('/sweep/pause/', { sweepid: String(posted.id) });
  const fields = { sweepid: String(posted.id), ...fieldsOf(posted.sweep.name, posted.id) };
  const answer = await platform.api.form(`/sweep/${verb}/`, fields);
  expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('sweep_unreadable')]);
});

test('the reconciler logs it once, and keeps the schedules of the others', async () => {
  const lines: { msg: string; sweepId?: number; error?: string }[] = [];
  const log = createLogger('test', 'warn', { write: (line: string) => void lines.push(JSON.parse(line)) });
  const unreadable = await storeUnreadable('a first one');
  const readable = await postSweep(platform.api, sweepText({ name: 'the other' }));
  await scheduleOf(readable).delete();
  const schedules = createSweepSchedules({ pool: platform.pool, temporal: platform.temporal, log });
  for (const all of [true, false, true]) {
    await schedules.keep({ all });
    await schedules.account();
  }
  expect((await scheduleOf(readable).describe()).state.paused).toBe(false);
  const logged = lines.filter(({ sweepId }) => sweepId === unreadable.id);
  expect(logged).toEqual([
    expect.objectContaining({
      msg: 'document of a sweep not readable',
      error: expect.stringContaining('stagger'),
    }),
  ]);
});

test('a run of it is missed, with the reason', async () => {
  const posted = await storeUnreadable('a run');
  const { rows } = await platform.pool.query(
    `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, workflowid)
     VALUES ($1, 'schedule', now(), 'awaiting signature', $2)
     RETURNING id`,
    [posted.id, `${sweepScheduleId(posted.id)}-by-test`],
  );
  expect(await waitForRun(platform, rows[0].id)).toMatchObject({
    state: 'missed',
    reason: expect.stringContaining('stagger'),
  });
});

test('a run that is in progress when it becomes unreadable ends partial, with the reason', async () => {
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ('silent', 'linux.silent', 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}')`,
  );
  const checks = [fileCheck('one', '/etc')];
  const posted = await postSweep(
    platform.api,
    sweepText({ name: 'in progress', target: `name='silent'`, checks }),
  );
  const runId = await triggerSweep(platform.api, posted);
  const actionId = await waitFor('its action', async () => {
    const { rows } = await platform.pool.query('SELECT actionid FROM sweep_actions WHERE runid = $1', [
      runId,
    ]);
    return rows[0]?.actionid as number | undefined;
  });
  await waitFor('its command', async () => (await commandsByStatus(platform, actionId)).sent === 1);
  await makeUnreadable(posted);
  await platform.api.form('/action/cancel/', { actionid: String(actionId) });
  expect(await waitForRun(platform, runId)).toMatchObject({
    state: 'partial',
    targeted: 1,
    reason: expect.stringContaining('stagger'),
  });
});

test.each([
  ['cancel', 'the next run took its place'],
  ['skip', 'the run was cancelled in Temporal'],
])('a run of it that Temporal cancels gets its reason, with the policy %s', async (overlap, reason) => {
  const schedule = { cron: '0 0 1 1 *', overlap };
  const posted = await postSweep(
    platform.api,
    sweepText({ name: `replaced ${overlap}`, schedule, validity: '30m' }),
  );
  await createSweepSchedules({ pool: platform.pool, temporal: platform.temporal, log }).keep({ all: false });
  await makeUnreadable(posted);
  const { rows } = await platform.pool.query(
    `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, startedat)
     VALUES ($1, 'schedule', now(), 'running', now())
     RETURNING id`,
    [posted.id],
  );
  await replaceSweepRun({ pool: platform.pool }, { runId: rows[0].id });
  const found = await platform.pool.query('SELECT reason, cancelledat FROM sweep_runs WHERE id = $1', [
    rows[0].id,
  ]);
  expect(found.rows).toEqual([{ reason, cancelledat: expect.anything() }]);
});

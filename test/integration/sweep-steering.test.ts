import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { waitFor } from '../../dev/wait-for.ts';
import {
  cliOf,
  commandsByStatus,
  openAgents,
  openPlatform,
  type Platform,
  waitForEnd,
} from '../setup/platform.ts';
import { postSweep, sweepText, triggerSweep, waitForRun } from '../setup/sweeps.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 1 }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function stateOf(runId: number): Promise<string> {
  const { rows } = await platform.pool.query('SELECT state FROM sweep_runs WHERE id = $1', [runId]);
  return rows[0].state;
}

test('mig follows the run that it asked for, however many are planned after it', async () => {
  const posted = await postSweep(platform.api, sweepText({ name: 'followed' }));
  await platform.pool.query(
    `INSERT INTO sweep_runs (sweepid, kind, plannedat, state, finishedat)
     SELECT $1, 'schedule', now() + n * interval '1 day', 'missed', now()
     FROM generate_series(1, 60) n`,
    [posted.id],
  );
  const followed = await cliOf(platform).mig(['sweep', 'trigger', 'followed', '-y']);
  expect(followed.status, followed.stderr).toBe(0);
  expect(followed.stdout).toContain('complete');
});

test('mig signs a waiver for the endpoints that have a name, and shows them', async () => {
  const cli = cliOf(platform);
  const posted = await postSweep(platform.api, sweepText({ name: 'excused' }));
  await waitForRun(platform, await triggerSweep(platform.api, posted));
  const { rows: endpoints } = await platform.pool.query(
    'SELECT agent, queueloc FROM sweep_endpoints WHERE sweepid = $1',
    [posted.id],
  );
  const [{ agent, queueloc }] = endpoints;
  const waive = (name: string) =>
    cli.mig(['sweep', 'waive', 'excused', 'one', '-agent', name, '-until', '7d', '-why', 'old', '-y']);
  const signed = await waive(agent);
  expect(signed.status, signed.stderr).toBe(0);
  expect(signed.stderr).toContain(`endpoint   ${agent} (${queueloc})`);
  const { rows } = await platform.pool.query('SELECT agents, queuelocs FROM waivers WHERE sweepid = $1', [
    posted.id,
  ]);
  expect(rows).toEqual([{ agents: [agent], queuelocs: [queueloc] }]);
  expect((await cli.mig(['sweep', 'waivers', 'excused'])).stdout).toContain(`one  ${agent} (${queueloc})`);
  const unknown = await waive('nobody');
  expect([unknown.status, unknown.stderr]).toEqual([
    3,
    expect.stringContaining(`the sweep has asked no endpoint 'nobody'`),
  ]);
});

test('a cancelled run ends partial, and its action is cancelled', async () => {
  await using offline = await openPlatformWithSilentAgent(platform);
  const posted = await postSweep(platform.api, sweepText({ name: 'cancelled', target: offline.target }));
  const runId = await triggerSweep(platform.api, posted);
  await waitFor('its action', async () => {
    const { rows } = await platform.pool.query('SELECT count(*) AS n FROM sweep_actions WHERE runid = $1', [
      runId,
    ]);
    return rows[0].n > 0;
  });
  expect(await stateOf(runId)).toBe('running');
  const answer = await platform.api.form('/sweep/run/cancel/', { runid: String(runId) });
  expect(answer.status, answer.text).toBe(200);
  expect(await waitForRun(platform, runId)).toMatchObject({
    state: 'partial',
    reason: 'the run was cancelled',
    targeted: 1,
    answered: 0,
    counts: { notchecked: 1 },
  });
});

describe('the cancel of a run', () => {
  async function launchSilentRun(name: string, target: string): Promise<{ runId: number; actionId: number }> {
    const posted = await postSweep(platform.api, sweepText({ name, target }));
    const runId = await triggerSweep(platform.api, posted);
    const actionId = await waitFor('its action', async () => {
      const { rows } = await platform.pool.query('SELECT actionid FROM sweep_actions WHERE runid = $1', [
        runId,
      ]);
      return rows[0]?.actionid as number | undefined;
    });
    await waitFor('its command', async () => (await commandsByStatus(platform, actionId)).sent === 1);
    return { runId, actionId };
  }

  async function expectCancelled({ runId, actionId }: { runId: number; actionId: number }): Promise<void> {
    const answer = await platform.api.form('/sweep/run/cancel/', { runid: String(runId) });
    expect(answer.status, answer.text).toBe(200);
    expect((await waitForEnd(platform, actionId)).status).toBe('cancelled');
    expect(await waitForRun(platform, runId)).toMatchObject({ reason: 'the run was cancelled' });
  }

  test('reaches its action when that has no workflow', async () => {
    await using offline = await openPlatformWithSilentAgent(platform);
    const launched = await launchSilentRun('action without workflow', offline.target);
    await platform.temporal.workflow.getHandle(actionWorkflowId(launched.actionId)).terminate();
    await expectCancelled(launched);
  });

  test('reaches a run that has no workflow itself', async () => {
    await using offline = await openPlatformWithSilentAgent(platform);
    const launched = await launchSilentRun('run without workflow', offline.target);
    const found = await platform.pool.query('SELECT workflowid FROM sweep_runs WHERE id = $1', [
      launched.runId,
    ]);
    await platform.temporal.workflow.getHandle(found.rows[0].workflowid).terminate();
    await expectCancelled(launched);
  });
});

test('a run that an operator cancels in Temporal says so', async () => {
  await using offline = await openPlatformWithSilentAgent(platform);
  const posted = await postSweep(platform.api, sweepText({ name: 'by operator', target: offline.target }));
  const runId = await triggerSweep(platform.api, posted);
  await waitFor('its launch', async () => (await stateOf(runId)) === 'running');
  const found = await platform.pool.query('SELECT workflowid FROM sweep_runs WHERE id = $1', [runId]);
  await platform.temporal.workflow.getHandle(found.rows[0].workflowid).cancel();
  expect(await waitForRun(platform, runId)).toMatchObject({
    state: 'partial',
    reason: 'the run was cancelled in Temporal',
  });
});

/** An endpoint that never answers. */
async function openPlatformWithSilentAgent({ pool }: Platform) {
  const name = `silent-${Math.floor(Math.random() * 1e9)}`;
  await pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ($1, $2, 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}')`,
    [name, `linux.${name}`],
  );
  return {
    target: `name='${name}'`,
    [Symbol.asyncDispose]: async () => {
      await pool.query(`UPDATE agents SET status = 'offline' WHERE name = $1`, [name]);
    },
  };
}

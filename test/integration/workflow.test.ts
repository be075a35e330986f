import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import type { SimulatedAgents } from '../../dev/simulation/agent/agents.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { cancelUpdate, pauseUpdate, progressQuery, resumeUpdate } from '../../workflows/messages.ts';
import { activityNames } from '../setup/history.ts';
import { commandsByStatus, openAgents, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';
import { startedWorkflow } from '../setup/started-workflow.ts';

let platform: Platform;
let agents: SimulatedAgents;

beforeAll(async () => {
  platform = await openPlatform();
  agents = platform.use(await openAgents(platform, { count: 5 }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

describe('an action as operators see it in Temporal', () => {
  test('it runs to completion and every command is answered once', async () => {
    const id = await postAction(platform.api);
    expect(await waitForEnd(platform, id)).toEqual({ status: 'completed', reason: null });
    expect(await commandsByStatus(platform, id)).toEqual({ success: 5 });
    expect(agents.ledger.repeated()).toEqual([]);
  });

  test('its search attributes, summary, details and the five step names read back', async () => {
    const id = await postAction(platform.api, { name: 'find passwd files' });
    await waitForEnd(platform, id);
    const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
    await handle.result();
    const description = await handle.describe();
    expect(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
      expect.arrayContaining([
        ['MigActionId', String(id)],
        ['MigStatus', 'completed'],
        ['MigInvestigator', [platform.people.bob.fingerprint]],
        ['MigModule', ['file']],
      ]),
    );
    expect(await description.staticSummary()).toBe('find passwd files');
    const metadata = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('targeted 5 = waiting 0 + success 5 + failed 0');
    expect(await description.staticDetails()).toContain(platform.people.bob.fingerprint);
    const steps = activityNames(await handle.fetchHistory());
    expect(steps).toEqual(
      expect.arrayContaining([
        'validateSignatures',
        'resolveTargets',
        'dispatchCommands',
        'awaitResults',
        'finishAction',
      ]),
    );
    expect((await handle.fetchHistory()).events?.length).toBeLessThan(200);
  });

  test('the query progress returns the counters and the step', async () => {
    const id = await postAction(platform.api);
    await waitForEnd(platform, id);
    const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
    await handle.result();
    const progress = await handle.query(progressQuery);
    expect(progress).toMatchObject({ actionId: id, step: 'finished', status: 'completed', targeted: 5 });
    expect(progress.counters).toEqual({
      sent: 0,
      success: 5,
      failed: 0,
      timeout: 0,
      cancelled: 0,
      expired: 0,
    });
  });

  test('workflows are found by their search attributes', async () => {
    const id = await postAction(platform.api);
    await waitForEnd(platform, id);
    const found = await waitFor('visibility', async () => {
      const query = `MigActionId = '${id}' AND MigModule = 'file' AND MigStatus = 'completed'`;
      for await (const { workflowId } of platform.temporal.workflow.list({ query })) return workflowId;
      return undefined;
    });
    expect(found).toBe(actionWorkflowId(id));
  });
});

describe('steering', () => {
  test('pause stops dispatch in under two seconds, and resume continues it', async () => {
    const id = await postAction(platform.api, { validFromMs: Date.now() + 3000 });
    const handle = await startedWorkflow(platform.temporal, id);
    const startMs = Date.now();
    expect((await handle.executeUpdate(pauseUpdate)).isPaused).toBe(true);
    expect(Date.now() - startMs).toBeLessThan(2000);
    const { rows } = await platform.pool.query('SELECT paused FROM actions WHERE id = $1', [id]);
    expect(rows[0].paused).toBe(true);
    await waitFor('the target to be resolved', async () => (await commandsByStatus(platform, id)).sent === 5);
    await expect(handle.query(progressQuery)).resolves.toMatchObject({ step: 'dispatching', isPaused: true });
    const published = await platform.pool.query(
      'SELECT count(*) AS count FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
      [id],
    );
    expect(published.rows[0].count).toBe(0);
    await handle.executeUpdate(resumeUpdate);
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ success: 5 });
  });

  test('cancel ends the action, and waiting commands are cancelled', async () => {
    const id = await postAction(platform.api, {
      validFromMs: Date.now() + 60_000,
      expireAfterMs: Date.now() + 120_000,
    });
    const answer = await platform.api.form('/action/cancel/', { actionid: String(id) });
    expect(answer.status).toBe(200);
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
    expect(await commandsByStatus(platform, id)).toEqual({});
  });

  test.each(['pause', 'cancel'])('%s reaches an action that has no workflow', async (verb) => {
    const id = await postAction(platform.api, {
      validFromMs: Date.now() + 60_000,
      expireAfterMs: Date.now() + 120_000,
    });
    await (await startedWorkflow(platform.temporal, id)).terminate();
    const answer = await platform.api.form(`/action/${verb}/`, { actionid: String(id) });
    expect(answer.status, answer.text).toBe(200);
    const { rows } = await platform.pool.query(
      `SELECT paused, cancelledat IS NOT NULL AS cancelled FROM actions WHERE id = $1`,
      [id],
    );
    expect(rows).toEqual([{ paused: verb === 'pause', cancelled: verb === 'cancel' }]);
    if (verb === 'pause') await platform.api.form('/action/cancel/', { actionid: String(id) });
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
  });

  test('cancel while agents are silent leaves nothing waiting', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ('silent', 'linux.silent.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}')`,
    );
    const id = await postAction(platform.api, { target: `name='silent'` });
    await waitFor('dispatch', async () => (await commandsByStatus(platform, id)).sent === 1);
    await platform.temporal.workflow.getHandle(actionWorkflowId(id)).executeUpdate(cancelUpdate);
    expect((await waitForEnd(platform, id)).status).toBe('cancelled');
    expect(await commandsByStatus(platform, id)).toEqual({ cancelled: 1 });
    await platform.pool.query(`UPDATE agents SET status = 'destroyed' WHERE name = 'silent'`);
  });

  test('an invalid Update is rejected', async () => {
    const id = await postAction(platform.api, { validFromMs: Date.now() + 60_000 });
    const handle = await startedWorkflow(platform.temporal, id);
    await expect(handle.executeUpdate(resumeUpdate)).rejects.toThrow();
    const answer = await platform.api.form('/action/resume/', { actionid: String(id) });
    expect(answer.status).toBe(409);
    expect(answer.body.collection.error).toMatchObject({
      code: 'conflict',
      message: 'the action is not paused',
    });
    await handle.executeUpdate(cancelUpdate);
    await waitForEnd(platform, id);
    expect((await platform.api.form('/action/pause/', { actionid: String(id) })).status).toBe(409);
  });
});

describe('how an action ends without results', () => {
  test('a target that matches no agent ends the action at once, with the reason', async () => {
    const id = await postAction(platform.api, { target: `name='no such agent'` });
    expect(await waitForEnd(platform, id, 5000)).toEqual({
      status: 'invalid',
      reason: 'the target matches no agent',
    });
  });

  test('a target that runs too long ends the action invalid with the reason', async () => {
    // Slow because every triple of rows is checked, and none matches.
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       SELECT 'bulk', 'linux.bulk.' || n, 'daemon', repeat('a', 2000), n, now(), now(), now(), 'destroyed', '{}', '{}'
       FROM generate_series(1, 3000) AS n`,
    );
    const id = await postAction(platform.api, {
      target: `EXISTS (SELECT 1 FROM agents a, agents b, agents c WHERE a.pid + b.pid + c.pid = -1)`,
    });
    expect(await waitForEnd(platform, id, 30_000)).toEqual({
      status: 'invalid',
      reason: 'target: ran too long',
    });
  });

  test('slow targets delay other targets only, no other requests', async () => {
    const target = `EXISTS (SELECT 1 FROM agents a, agents b, agents c WHERE a.pid + b.pid + c.pid = -1)`;
    let answered = 0;
    const slow = Array.from({ length: 8 }, async () => {
      const answer = await platform.api.get(`/search?type=agent&target=${encodeURIComponent(target)}`);
      answered++;
      return answer.status;
    });
    expect((await platform.api.get('/dashboard')).status).toBe(200);
    expect(answered).toBe(0);
    // 400: the target ran too long. 503: no session was free in time. Neither is a defect.
    for (const status of await Promise.all(slow)) expect([400, 503]).toContain(status);
  });

  test('one not yet valid waits until its start time', async () => {
    const validFromMs = Date.now() + 2500;
    const id = await postAction(platform.api, { validFromMs });
    const { rows } = await platform.pool.query('SELECT status FROM actions WHERE id = $1', [id]);
    expect(rows[0].status).toBe('pending');
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(Date.now()).toBeGreaterThan(validFromMs);
  });

  test('agents that do not answer are expired five seconds after the action', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ('mute', 'linux.mute.1', 'daemon', '1', 2, now(), now(), now(), 'online', '{"os":"linux"}', '{}')`,
    );
    const id = await postAction(platform.api, { target: `name='mute'`, expireAfterMs: Date.now() + 2000 });
    expect((await waitForEnd(platform, id)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ expired: 1 });
  });
});

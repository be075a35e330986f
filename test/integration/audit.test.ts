import { Client, Connection } from '@temporalio/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelAction, pauseAction } from '../../activities/steering.ts';
import type { ApiConfig } from '../../api/config.ts';
import { startApi } from '../../api/start-api.ts';
import { actionWorkflowId } from '../../contract/names.ts';
import {
  type ApiAnswer,
  type ApiCaller,
  createApiCaller,
  postAction,
  signedAction,
} from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createLogger } from '../../platform/log.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { recordAudit, recordTemporalAudit } from '../../platform/postgres/queries/audit.ts';
import { cancelUpdate, pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { auditRows, waitForRows } from '../setup/audit-rows.ts';
import { defined } from '../setup/defined.ts';
import { apiConfig, log, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';
import { startedWorkflow } from '../setup/started-workflow.ts';

let platform: Platform;
let john: ApiCaller;
let apiRole: Pool;
let workerRole: Pool;
let mallory: Client;

beforeAll(async () => {
  platform = await openPlatform();
  const { slot } = platform;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  apiRole = createPool({ url: slot.urlOf('migapi', slot.name), name: 'test', max: 4 });
  workerRole = createPool({ url: slot.urlOf('migscheduler', slot.name), name: 'test', max: 4 });
  platform.defer(() => apiRole.end());
  platform.defer(() => workerRole.end());
  const connection = await Connection.connect({ address: slot.services.temporal.address });
  platform.defer(() => connection.close());
  mallory = new Client({ connection, namespace: slot.name, identity: 'mallory\u001b[2J@ui' });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const rowsOf = (where: string, values?: unknown[]) => auditRows(platform, where, values);
const idOf = async (name: string): Promise<number> =>
  (await platform.pool.query('SELECT id FROM investigators WHERE name = $1', [name])).rows[0].id;
const requestOf = (answer: Pick<ApiAnswer, 'headers'>) => defined(answer.headers.get('X-Request-Id'));
const byRequest = (answer: Pick<ApiAnswer, 'headers'>) =>
  waitForRows(() => rowsOf('requestid = $1', [requestOf(answer)]), 1);
const far = () => ({ validFromMs: Date.now() + 600_000, expireAfterMs: Date.now() + 900_000 });

describe('what investigators do', () => {
  test('an action is recorded with its sender, and each other signer with a countersignature', async () => {
    const text = await signedAction([platform.api.key, john.key], { name: 'two\u0007 signers', ...far() });
    const answer = await john.form('/action/create/', { action: text });
    expect(answer.status).toBe(202);
    const { id } = answer.body.collection.items[0].data[0].value;
    const { bob, john: johnKey } = platform.people;
    expect(await rowsOf('objectid = $1', [id])).toMatchObject([
      {
        source: 'api',
        kind: 'action',
        outcome: 'done',
        isproven: true,
        actor: 'John Smith',
        fingerprint: johnKey.fingerprint,
        address: '127.0.0.1',
        requestid: requestOf(answer),
        detail: { name: 'two\uFFFD signers', target: `status='online'`, modules: ['file'] },
      },
      { kind: 'countersignature', actor: 'Bob Kelso', fingerprint: bob.fingerprint, isproven: true },
    ]);
  });

  test('a refused action is recorded with its code, a repeated one leaves no second row', async () => {
    const refused = await john.form('/action/create/', { action: '{' });
    expect(await byRequest(refused)).toMatchObject([
      { kind: 'action', outcome: 'refused', actor: 'John Smith', detail: { code: 'json_invalid' } },
    ]);
    const action = await signedAction([john.key], far());
    const post = () => john.form('/action/create/', { action }, { 'Idempotency-Key': 'once' });
    const { id } = (await post()).body.collection.items[0].data[0].value;
    expect((await post()).body.collection.items[0].data[0].value.id).toBe(id);
    expect(await rowsOf('objectid = $1', [id])).toHaveLength(1);
  });

  test('new and changed investigators, with what changed', async () => {
    const body = new FormData();
    body.set('name', 'Eve\u202e');
    body.set('permissions', JSON.stringify({ search: true }));
    const created = await platform.api.send('/investigator/create/', { method: 'POST', body });
    const { id } = created.body.collection.items[0].data[0].value;
    const update = (fields: Record<string, string>) =>
      platform.api.form('/investigator/update/', { id: String(id), ...fields });
    await update({ status: 'disabled' });
    await update({ permissions: JSON.stringify({ action: true }) });
    const refused = await update({ status: 'asleep' });
    expect(await byRequest(refused)).toMatchObject([{ kind: 'investigator_changed', outcome: 'refused' }]);
    expect(await rowsOf(`objectid = $1 AND outcome = 'done'`, [id])).toMatchObject([
      {
        kind: 'investigator_created',
        actor: 'Bob Kelso',
        detail: { name: 'Eve\uFFFD', permissions: ['search'] },
      },
      { kind: 'investigator_changed', detail: { status: { from: 'active', to: 'disabled' } } },
      { kind: 'investigator_changed', detail: { permissions: { added: ['action'], removed: ['search'] } } },
    ]);
  });

  test('a refusal to remove the last administrator is recorded, and nothing else', async () => {
    const id = await idOf('Bob Kelso');
    const answer = await platform.api.form('/investigator/update/', { id: String(id), status: 'disabled' });
    expect(answer.status).toBe(409);
    expect(await byRequest(answer)).toMatchObject([
      { kind: 'investigator_changed', outcome: 'refused', objectid: id, detail: { code: 'conflict' } },
    ]);
  });

  test('a failed login is recorded unproven under the claimed key, a missing permission under the investigator', async () => {
    const token = await john.token();
    const forged = token.replace(/;\d+;/, ';1;');
    const rows = await byRequest(await platform.api.get('/dashboard', { 'X-PGPAUTHORIZATION': forged }));
    expect(rows).toMatchObject([
      {
        kind: 'login',
        outcome: 'refused',
        isproven: false,
        address: '127.0.0.1',
        actor: null,
        fingerprint: platform.people.john.fingerprint,
        detail: { path: '/api/v1/dashboard' },
      },
    ]);
    expect(await byRequest(await john.get('/audit'))).toMatchObject([
      { kind: 'permission', outcome: 'refused', isproven: true, actor: 'John Smith' },
    ]);
  });

  test('a reused token and an incomplete body are recorded unproven', async () => {
    const config = apiConfig(platform.slot, { tokenBinding: 'first-request' });
    await using bound = await startApi({ log, config });
    const send = async (token: string, path: string, body?: string) => {
      const headers = {
        'X-PGPAUTHORIZATION': token,
        'Content-Type': 'application/x-www-form-urlencoded',
      };
      const init = body === undefined ? { headers } : { method: 'POST', headers, body };
      return fetch(`${bound.url}${path}`, init);
    };
    const { fingerprint } = platform.people.john;
    const claimed = { outcome: 'refused', isproven: false, fingerprint, actor: null, investigatorid: null };

    const token = await john.token();
    expect((await send(token, '/dashboard')).status).toBe(200);
    for (const [path, body] of [['/audit'], ['/action/create/', 'action={}']] as const) {
      const replayed = await send(token, path, body);
      expect(replayed.status).toBe(401);
      expect(await byRequest(replayed)).toMatchObject([{ ...claimed, kind: 'login' }]);
    }
    const tooLarge = await send(await john.token(), '/action/create/', 'x'.repeat(3 * 1024 * 1024));
    expect(tooLarge.status).toBe(413);
    expect(await byRequest(tooLarge)).toMatchObject([
      { ...claimed, kind: 'action', detail: { code: 'body_too_large' } },
    ]);

    const lacking = await send(await john.token(), '/investigator/update/', 'id=1&status=disabled');
    expect(lacking.status).toBe(401);
    expect(await byRequest(lacking)).toMatchObject([
      {
        kind: 'permission',
        isproven: true,
        actor: 'John Smith',
        detail: { path: '/api/v1/investigator/update/' },
      },
    ]);
  });

  test('each event is also a JSON line in the log', async () => {
    const lines: string[] = [];
    const captured = createLogger('api', 'info', { write: (line) => lines.push(line) });
    await using api = await startApi({ log: captured, config: apiConfig(platform.slot) });
    const response = await fetch(`${api.url}/dashboard`);
    const requestId = response.headers.get('X-Request-Id');
    const line = await waitFor('the line', async () => lines.find((one) => one.includes(String(requestId))));
    expect(JSON.parse(line)).toMatchObject({
      msg: 'audit',
      audit: { kind: 'login', outcome: 'refused', requestId, address: '127.0.0.1' },
    });
  });
});

test('settings are recorded at a start that differs from the last one, without a secret', async () => {
  const settings = () => rowsOf(`kind = 'setting' AND actor LIKE 'api@%'`);
  await waitFor('the first start', async () => (await settings()).length >= 1);
  const before = (await settings()).length;
  const start = async (changes: Partial<ApiConfig>) => {
    const lines: string[] = [];
    const captured = createLogger('api', 'info', { write: (line) => lines.push(line) });
    await using _api = await startApi({ log: captured, config: apiConfig(platform.slot, changes) });
    await waitFor('the row', async () => lines.some((line) => line.includes('"setting"')));
  };
  await start({ maxRequests: 201 });
  await start({ maxRequests: 201 });
  await start({ maxRequests: 202 });
  await start({ maxRequests: 202, tokenBinding: 'first-request' });
  const rows = await settings();
  expect(rows.slice(before).map(({ detail }) => [detail.maxRequests, detail.tokenBinding])).toEqual([
    [201, 'none'],
    [202, 'none'],
    [202, 'first-request'],
  ]);
  const worker = await rowsOf(`kind = 'setting' AND actor LIKE 'worker@%'`);
  expect(worker[0]).toMatchObject({ source: 'start', isproven: false, detail: { schedulerKey: 'set' } });
  const password = new URL(platform.workerConfig.postgresUrl).password;
  expect(password).not.toBe('');
  expect(JSON.stringify([...rows, ...worker])).not.toMatch(/:\/\/[^"@]*:[^"@]*@|PRIVATE KEY/);
  expect(JSON.stringify([...rows, ...worker])).not.toContain(password);
});

test('a session is recorded when opened and closed, under the investigator of its token', async () => {
  const opened = await platform.api.send('/session/', { method: 'POST' });
  expect(opened.status).toBe(201);
  const headers = { Authorization: `Bearer ${opened.body.collection.items[0].data[0].value.token}` };
  const closed = await fetch(`${platform.apiUrl}/session/`, { method: 'DELETE', headers });
  expect(closed.status).toBe(200);
  expect(await rowsOf(`kind IN ('session_opened', 'session_closed') AND actor = 'Bob Kelso'`)).toMatchObject([
    { kind: 'session_opened', outcome: 'done', isproven: true, requestid: requestOf(opened) },
    { kind: 'session_closed', outcome: 'done', requestid: closed.headers.get('X-Request-Id') },
  ]);
  const again = await fetch(`${platform.apiUrl}/session/`, { method: 'DELETE', headers });
  expect(again.status).toBe(401);
});

describe('steering', () => {
  test('by the API is recorded under the investigator, by API and worker', async () => {
    const id = await postAction(platform.api, far());
    for (const kind of ['pause', 'resume', 'cancel']) {
      const answer = await platform.api.form(`/action/${kind}/`, { actionid: String(id) });
      expect(answer.status).toBe(200);
      const [ordered, done, ...more] = await rowsOf('requestid = $1', [requestOf(answer)]);
      expect(more).toEqual([]);
      expect(ordered).toMatchObject({ kind, source: 'api', outcome: 'ordered', recordedby: 'migapi' });
      expect(done).toMatchObject({
        kind,
        source: 'temporal',
        outcome: 'done',
        recordedby: 'migscheduler',
        orderid: ordered?.id,
        isproven: true,
        actor: 'Bob Kelso',
        fingerprint: platform.people.bob.fingerprint,
        objectid: id,
      });
    }
    await waitForEnd(platform, id);
  });

  test('that is refused is recorded with the same request', async () => {
    const id = await postAction(platform.api, far());
    const answer = await platform.api.form('/action/resume/', { actionid: String(id) });
    expect(answer.status).toBe(409);
    const rows = await waitFor('both rows', async () => {
      const found = await rowsOf('requestid = $1', [requestOf(answer)]);
      return found.length === 2 ? found : undefined;
    });
    expect(rows).toMatchObject([{ outcome: 'ordered' }, { outcome: 'refused', objectid: id }]);
  });

  test('with the tools of Temporal is recorded unproven, under the name that they send', async () => {
    const id = await postAction(platform.api, far());
    const handle = await startedWorkflow(mallory, id);
    for (const update of [pauseUpdate, resumeUpdate, cancelUpdate]) {
      await handle.executeUpdate(update);
      const rows = await rowsOf('objectid = $1 AND kind = $2', [id, update.name]);
      expect(rows).toMatchObject([
        {
          source: 'temporal',
          outcome: 'done',
          isproven: false,
          actor: 'mallory\uFFFD[2J@ui',
          fingerprint: null,
        },
      ]);
    }
    await waitForEnd(platform, id);
  });

  test('is not proven by arguments, headers, or the id of a used order', async () => {
    const [first, second] = [await postAction(platform.api, far()), await postAction(platform.api, far())];
    const used = requestOf(await platform.api.form('/action/pause/', { actionid: String(first) }));
    const handle = await startedWorkflow(mallory, second);
    const forged = { id: used, identity: 'Bob Kelso' };
    const args = [forged] as unknown as [];
    await handle.executeUpdate(pauseUpdate, { args, updateId: used });
    await handle.executeUpdate(resumeUpdate, { args, updateId: `${used}\n` });
    // The order is consumed for its own action, too: the server accepts its id once in a run.
    const again = mallory.workflow.getHandle(actionWorkflowId(first));
    await again.executeUpdate(resumeUpdate, { updateId: 'other' });
    await again.executeUpdate(pauseUpdate, { updateId: used });
    expect(await rowsOf('objectid = $1 AND source = $2', [second, 'temporal'])).toMatchObject([
      { kind: 'pause', isproven: false, orderid: null, actor: 'mallory\uFFFD[2J@ui' },
      { kind: 'resume', isproven: false, orderid: null },
    ]);
    const ofFirst = await rowsOf('objectid = $1 AND source = $2', [first, 'temporal']);
    expect(ofFirst.filter(({ isproven }) => isproven)).toHaveLength(1);
  });

  test('is proven once per order, for its kind and action only', async () => {
    const claim = fc.record({
      isOrder: fc.boolean(),
      request: fc.nat({ max: 2 }),
      kind: fc.constantFrom('pause', 'resume', 'cancel' as const),
      object: fc.nat({ max: 1 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(claim, { minLength: 1, maxLength: 12 }), async (claims) => {
        run++;
        const orders: string[] = [];
        for (const [index, { isOrder, request, kind, object }] of claims.entries()) {
          const requestId = `property-${run}-${request}`;
          const objectId = 10_000 + object;
          const key = `${requestId} ${kind} ${objectId}`;
          if (isOrder) {
            orders.push(key);
            await recordAudit(apiRole, [
              { kind, outcome: 'ordered', isProven: true, requestId, objectId, actor: 'Bob' },
            ]);
            continue;
          }
          const eventId = `${run}-${index}`;
          for (let attempt = 0; attempt < 2; attempt++)
            await recordTemporalAudit(workerRole, { kind, identity: 'x', requestId, objectId, eventId });
          const rows = await rowsOf('eventid = $1', [eventId]);
          expect(rows.map(({ isproven, actor }) => ({ isproven, actor }))).toEqual([
            orders.includes(key) ? { isproven: true, actor: 'Bob' } : { isproven: false, actor: 'x' },
          ]);
          const usedOrder = orders.indexOf(key);
          if (usedOrder >= 0) orders.splice(usedOrder, 1);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('of one action is not hidden by an activity run by hand for another', async () => {
    const deps = { pool: workerRole, log };
    const order = { updateId: 'once', identity: 'mallory', runId: 'the same' };
    const ids = [await postAction(john, far()), await postAction(john, far())];
    for (const actionId of ids) {
      await pauseAction(deps, { actionId, isPaused: true, order });
      await cancelAction(deps, { actionId, order });
    }
    const rows = await rowsOf(`actor = 'mallory' AND requestid = 'once'`);
    expect(rows.map(({ kind, objectid }) => [kind, Number(objectid)])).toEqual(
      ids.flatMap((id) => [
        ['pause', id],
        ['cancel', id],
      ]),
    );
  });

  test('by ending a workflow in Temporal is recorded once, and the action continues', async () => {
    const ids = [await postAction(platform.api, far()), await postAction(platform.api, far())];
    const [first, second] = await Promise.all(ids.map((id) => startedWorkflow(mallory, id)));
    await first?.terminate('nobody\u0000 needs it');
    await second?.cancel();
    const ended = async () =>
      rowsOf(`kind IN ('workflow_terminated', 'workflow_cancelled') AND objectid = ANY($1::numeric[])`, [
        ids,
      ]);
    const rows = await waitForRows(ended, 2);
    expect(rows.sort((a, b) => (a.objectid ?? 0) - (b.objectid ?? 0))).toMatchObject([
      {
        kind: 'workflow_terminated',
        source: 'temporal',
        isproven: false,
        objectid: ids[0],
        actor: 'mallory\uFFFD[2J@ui',
        detail: { reason: expect.stringContaining('needs it') },
      },
      { kind: 'workflow_cancelled', source: 'temporal', isproven: false, objectid: ids[1] },
    ]);
    await waitFor(
      'a new run',
      async () => {
        const { status } = await mallory.workflow.getHandle(actionWorkflowId(defined(ids[0]))).describe();
        return status.name === 'RUNNING';
      },
      { timeoutMs: 90_000 },
    );
    expect(await ended()).toHaveLength(2);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { dispatchCommands } from '../../activities/dispatch.ts';
import { startApi } from '../../api/start-api.ts';
import { actionWorkflowId, QUEUE_RELAY_MARKER } from '../../contract/names.ts';
import { createApiCaller, postAction, signedAction } from '../../dev/api-caller.ts';
import { freePort } from '../../dev/ports.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startListening } from '../../platform/postgres/listen.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { BULK_AT_ONCE, startPublishing } from '../../worker/publishing.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { pauseUpdate, resumeUpdate } from '../../workflows/messages.ts';
import { openDispatchDeps } from '../setup/dispatch-deps.ts';
import {
  apiConfig,
  commandsByStatus,
  log,
  openAgents,
  openPlatform,
  type Platform,
  waitForEnd,
} from '../setup/platform.ts';
import { openTcpGate } from '../setup/tcp-gate.ts';

/** Inserts agents, with one queue that receives all their commands and answers none. */
async function insertSilentAgents(platform: Platform, count: number) {
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'silent', 'linux.silent.' || n, 'daemon', '1', n, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
     FROM generate_series(1, $1) AS n`,
    [count],
  );
  const relay = platform.use(await openRelayClient(platform.slot, 'agent'));
  await relay.channel.assertQueue('mig.agt.sink', { durable: true });
  const bind = (n: number) =>
    relay.channel.bindQueue('mig.agt.sink', 'toagents', `mig.agt.linux.silent.${n}`);
  await Promise.all(Array.from({ length: count }, (_, i) => bind(i + 1)));
  return relay;
}

async function publishedCount(platform: Platform, id: number): Promise<number> {
  const { rows } = await platform.pool.query(
    'SELECT count(*) AS count FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
    [id],
  );
  return rows[0].count;
}

/** Locks the commands against changes during the work. They stay readable. */
async function whileUnchanged<T>(platform: Platform, run: () => Promise<T>): Promise<T> {
  const db = await platform.pool.connect();
  try {
    await db.query('BEGIN');
    await db.query('LOCK TABLE commands IN SHARE MODE');
    return await run();
  } finally {
    await db.query('ROLLBACK');
    db.release();
  }
}

test('pause stops dispatch after the commands in flight, and resume sends the rest', async () => {
  await using platform = await openPlatform();
  const count = 6000;
  await insertSilentAgents(platform, count);
  const id = await postAction(platform.api, { target: `name='silent'` });
  await waitFor('dispatch to begin', async () => (await publishedCount(platform, id)) > 0, { everyMs: 5 });
  const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
  // However slow the machine, no page is marked or started before the pause is acknowledged.
  const acknowledged = await whileUnchanged(platform, async () => {
    await handle.executeUpdate(pauseUpdate);
    return publishedCount(platform, id);
  });
  // Pages in progress are still marked; afterwards nothing changes.
  const stopped = await waitFor('dispatch to stop', async () => {
    const before = await publishedCount(platform, id);
    await sleep(300);
    return (await publishedCount(platform, id)) === before && { count: before };
  });
  expect(stopped.count - acknowledged).toBeLessThanOrEqual(BULK_AT_ONCE);
  expect(stopped.count).toBeLessThan(count);
  await handle.executeUpdate(resumeUpdate);
  await waitFor('the rest', async () => (await publishedCount(platform, id)) === count);
  await platform.api.form('/action/cancel/', { actionid: String(id) });
  expect((await waitForEnd(platform, id)).status).toBe('cancelled');
  expect(await commandsByStatus(platform, id)).toEqual({ cancelled: count });
});

test('a pause that ends before dispatch has ended leaves no command behind', async () => {
  await using platform = await openPlatform({ worker: false });
  const { pool } = platform;
  const deps = await openDispatchDeps(platform, { urgency: 'bulk' });
  const count = 3;
  await insertSilentAgents(platform, count);
  const id = await postAction(platform.api, { target: `name='silent'` });
  await pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
     SELECT $1, id, queueloc, 'sent', now()
     FROM agents
     WHERE name = 'silent'`,
    [id],
  );
  const setPaused = (paused: boolean) =>
    pool.query('UPDATE actions SET paused = $2 WHERE id = $1', [id, paused]);
  // Resumed after the read that found nothing to send because of the pause.
  let isResumed = false;
  const resumesLate = async (text: string | object, values: unknown[]) => {
    const result = await pool.query(text as string, values);
    if (!isResumed && String(text).includes('LIMIT') && result.rows.length === 0) {
      isResumed = true;
      await setPaused(false);
    }
    return result;
  };
  const dispatch = () =>
    dispatchCommands(
      { ...deps, pool: { query: resumesLate } as Pool },
      { actionId: id, shard: 0, shards: 1 },
      { urgency: 'bulk', progress: { after: 0 }, signal: new AbortController().signal },
    );
  await setPaused(true);
  expect(await dispatch()).toEqual({ isComplete: false });
  expect(await publishedCount(platform, id)).toBe(0);
  expect(await dispatch()).toEqual({ isComplete: true });
  expect(await publishedCount(platform, id)).toBe(count);
});

test('a worker that starts while Temporal is unreachable waits for it', async () => {
  await using platform = await openPlatform({ worker: false });
  const { address, namespace } = platform.workerConfig.temporal;
  const [host = '', port = ''] = address.split(':');
  const gate = platform.use(await openTcpGate(host, await freePort()));
  const temporal = { address: `127.0.0.1:${gate.port}`, namespace };
  const starting = startWorker({ config: { ...platform.workerConfig, temporal }, log });
  await waitFor('a second attempt', () => gate.accepted() > 1);
  gate.redirect(Number(port));
  platform.use(await starting);
  await insertSilentAgents(platform, 1);
  const id = await postAction(platform.api, { target: `name='silent'` });
  await waitFor('the command', async () => (await publishedCount(platform, id)) === 1);
});

test('heartbeats during dispatch send no command twice', async () => {
  await using platform = await openPlatform();
  const count = 2000;
  const relay = await insertSilentAgents(platform, count);
  const id = await postAction(platform.api, { target: `name='silent'` });
  await waitFor('dispatch to begin', async () => (await commandsByStatus(platform, id)).sent === count, {
    everyMs: 5,
  });
  const now = new Date().toISOString();
  const beat = (n: number) =>
    relay.publish({
      exchange: 'toschedulers',
      routingKey: 'mig.agt.heartbeats',
      body: JSON.stringify({
        name: 'silent',
        queueloc: `linux.silent.${n}`,
        mode: 'daemon',
        pid: n,
        heartbeatts: now,
      }),
    });
  await Promise.all(Array.from({ length: count }, (_, i) => beat(i + 1)));
  await waitFor('dispatch', async () => (await publishedCount(platform, id)) === count);
  expect((await relay.channel.checkQueue('mig.agt.sink')).messageCount).toBe(count);
  await platform.api.form('/action/cancel/', { actionid: String(id) });
  await waitForEnd(platform, id);
});

describe('the relay', () => {
  test('gets the waiting commands again after a rebuild, but not when it kept its data', async () => {
    await using platform = await openPlatform({ worker: false });
    const first = await startWorker({ config: platform.workerConfig, log });
    const relay = await insertSilentAgents(platform, 3);
    const id = await postAction(platform.api, { target: `name='silent'` });
    await waitFor('dispatch', async () => (await publishedCount(platform, id)) === 3);
    await first[Symbol.asyncDispose]();

    const second = await startWorker({ config: platform.workerConfig, log });
    await relay.channel.purgeQueue('mig.agt.sink');
    await second[Symbol.asyncDispose]();
    const third = await startWorker({ config: platform.workerConfig, log });
    expect((await relay.channel.checkQueue('mig.agt.sink')).messageCount).toBe(0);
    await third[Symbol.asyncDispose]();

    const scheduler = platform.use(await openRelayClient(platform.slot, 'scheduler'));
    await scheduler.channel.deleteQueue(QUEUE_RELAY_MARKER);
    await using _fourth = await startWorker({ config: platform.workerConfig, log });
    await waitFor(
      'the commands',
      async () => (await relay.channel.checkQueue('mig.agt.sink')).messageCount === 3,
    );
    await platform.api.form('/action/cancel/', { actionid: String(id) });
    await waitForEnd(platform, id);
  });

  test('gets no command twice when its marker cannot be read', async () => {
    await using platform = await openPlatform({ worker: false });
    const worker = await startWorker({ config: platform.workerConfig, log });
    await insertSilentAgents(platform, 1);
    const id = await postAction(platform.api, { target: `name='silent'` });
    await waitFor('dispatch', async () => (await publishedCount(platform, id)) === 1);
    await worker[Symbol.asyncDispose]();
    const scheduler = platform.use(await openRelayClient(platform.slot, 'scheduler'));
    await scheduler.channel.deleteQueue(QUEUE_RELAY_MARKER);
    // Another connection is refused with 405 (resource locked), not 404.
    await scheduler.channel.assertQueue(QUEUE_RELAY_MARKER, { exclusive: true, durable: false });
    const { relay } = platform.workerConfig;
    const gate = platform.use(await openTcpGate(relay.host, relay.port));
    const publishing = startPublishing({
      relay: { ...relay, host: '127.0.0.1', port: gate.port },
      pool: platform.pool,
      log,
      sweepRateBesideOthers: 300,
      sweepYieldMs: 2_000,
    });
    platform.use(publishing.session);
    await waitFor('a second connection', () => gate.accepted() > 1);
    expect(await publishedCount(platform, id)).toBe(1);
  });
});

test('a listener on Postgres detects a dead connection, and reconnects', async () => {
  await using platform = await openPlatform({ worker: false });
  const url = new URL(platform.workerConfig.postgresUrl);
  const gate = platform.use(await openTcpGate(url.hostname, Number(url.port)));
  url.hostname = '127.0.0.1';
  url.port = String(gate.port);
  let connected = 0;
  const notified: string[] = [];
  platform.use(
    startListening({
      url: url.href,
      name: 'test',
      channel: 'mig_test',
      log,
      onNotification: (payload) => notified.push(payload),
      onConnected: () => {
        connected++;
      },
      checkEveryMs: 500,
    }),
  );
  await waitFor('the first connection', () => connected === 1);
  gate.freeze();
  await waitFor('the second attempt', () => gate.accepted() > 1);
  gate.thaw();
  await waitFor('the second connection', () => connected === 2);
  await platform.pool.query(`SELECT pg_notify('mig_test', 'again')`);
  await waitFor('the notification', () => notified.includes('again'));
});

describe('without Temporal', () => {
  test('an action is still accepted, and runs when the worker finds it', async () => {
    await using platform = await openPlatform({ worker: false });
    const { slot } = platform;
    const apart = await startApi({
      log,
      config: apiConfig(slot, { temporal: { address: '127.0.0.1:1', namespace: slot.name } }),
    });
    await using _apart = apart;
    const api = await createApiCaller(apart.url, slot.people.bob);
    const accepted = await api.form('/action/create/', { action: await signedAction([api.key]) });
    expect(accepted.status).toBe(202);
    const { id } = accepted.body.collection.items[0].data[0].value;
    const steered = await api.form('/action/cancel/', { actionid: String(id) });
    expect({ status: steered.status, retry: steered.headers.get('Retry-After') }).toEqual({
      status: 503,
      retry: '5',
    });

    const worker = await startWorker({ config: platform.workerConfig, log });
    await using _worker = worker;
    await using agents = await openAgents(platform, { count: 2 });
    expect((await waitForEnd(platform, id)).status).toMatch(/completed|invalid/);
    expect(agents.queuelocs).toHaveLength(2);
  });

  test('an order reaches a workflow whose worker is away for longer than one wait', async () => {
    await using platform = await openPlatform({ worker: false });
    const id = await postAction(platform.api, { validFromMs: Date.now() + 60_000 });
    const answered = platform.api.form('/action/pause/', { actionid: String(id) });
    await sleep(12_000);
    const worker = await startWorker({ config: platform.workerConfig, log });
    await using _worker = worker;
    const { status, text } = await answered;
    expect(status, text).toBe(200);
    const { rows } = await platform.pool.query('SELECT paused FROM actions WHERE id = $1', [id]);
    expect(rows).toEqual([{ paused: true }]);
  });

  test('running work continues from Postgres after the store of Temporal was wiped', async () => {
    await using platform = await openPlatform();
    await insertSilentAgents(platform, 2);
    const id = await postAction(platform.api, {
      target: `name='silent'`,
      expireAfterMs: Date.now() + 20_000,
    });
    await waitFor('dispatch', async () => (await publishedCount(platform, id)) === 2);
    await platform.temporal.workflow.getHandle(actionWorkflowId(id)).terminate('as if the store were wiped');
    await using _another = await startWorker({ config: platform.workerConfig, log });
    expect((await waitForEnd(platform, id, 60_000)).status).toBe('completed');
    expect(await commandsByStatus(platform, id)).toEqual({ expired: 2 });
  });
});

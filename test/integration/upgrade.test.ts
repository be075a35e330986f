import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { actionWorkflowId, EXCHANGE_TO_SCHEDULERS, QUEUE_RESULTS } from '../../contract/names.ts';
import { postAction, signedAction } from '../../dev/api-caller.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { duplicateAgents } from '../../platform/postgres/queries/agents/duplicate-agents.ts';
import { declareAgentQueue } from '../../platform/rabbitmq/topology.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { upgradeQuery } from '../../workflows/messages.ts';
import { log, openAgents, openPlatform, openSlot, type Platform, waitForEnd } from '../setup/platform.ts';

// The rate and the outcomes of upgrades, with simulated endpoints that follow the real protocol.

const operation = (version = '2-simulated') => ({
  module: 'upgrade',
  parameters: {
    'linux/amd64': { to_version: version, location: 'https://127.0.0.1/mig-agent', checksum: '0'.repeat(64) },
  },
});

function postUpgrade(
  platform: Platform,
  { version, inMs = 120_000 }: { version?: string; inMs?: number } = {},
) {
  return postAction(platform.api, {
    name: 'upgrade',
    target: `name LIKE 'sim-%'`,
    expireAfterMs: Date.now() + inMs,
    operations: [operation(version)],
  });
}

async function recordsOf(platform: Platform, id: number): Promise<Record<string, number>> {
  const { rows } = await platform.pool.query(
    `SELECT coalesce(outcome, step) AS what, count(*) AS count FROM upgrades WHERE actionid = $1 GROUP BY 1`,
    [id],
  );
  return Object.fromEntries(rows.map(({ what, count }) => [what, count]));
}

async function sentCount(platform: Platform, id: number): Promise<number> {
  const { rows } = await platform.pool.query(
    `SELECT count(*) AS count FROM upgrades WHERE actionid = $1 AND step <> 'waiting'`,
    [id],
  );
  return rows[0].count;
}

test('60 endpoints go through every step, at most ten at a time', async () => {
  await using platform = await openPlatform({ upgrades: { canary: 3, atOnce: 10 } });
  await using _agents = await openAgents(platform, { count: 60 });
  const id = await postUpgrade(platform);
  let most = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { rows } = await platform.pool.query(
        `SELECT count(*) AS count FROM upgrades WHERE actionid = $1 AND step <> 'waiting' AND finishedat IS NULL`,
        [id],
      );
      most = Math.max(most, rows[0].count);
    }
  })();
  expect(await waitForEnd(platform, id, 90_000)).toEqual({ status: 'completed', reason: null });
  over.abort();
  await watching;
  expect(await recordsOf(platform, id)).toEqual({ done: 60 });
  expect(most).toBeLessThanOrEqual(10);
  const handle = platform.temporal.workflow.getHandle(actionWorkflowId(id));
  await handle.result(); // a query returns the state at the end of the last task
  expect(await handle.query(upgradeQuery)).toMatchObject({ finished: { done: 60 }, stopped: null });
  const { rows: old } = await platform.pool.query(
    `SELECT status, count(*) AS count FROM agents WHERE version = '1-simulated' GROUP BY status`,
  );
  expect(old).toEqual([{ status: 'destroyed', count: 60 }]);
});

test('too many failures in the canary stop the upgrade', async () => {
  await using platform = await openPlatform({ upgrades: { canary: 4, atOnce: 10, maxFailurePercent: 10 } });
  await using _agents = await openAgents(platform, { count: 20 });
  const id = await postUpgrade(platform, { version: 'broken-simulated' });
  expect(await waitForEnd(platform, id)).toEqual({
    status: 'cancelled',
    reason: 'stopped: 4 of 4 upgrades failed, more than 10 %',
  });
  expect(await recordsOf(platform, id)).toEqual({ failed: 4, cancelled: 16 });
  const { rows } = await platform.pool.query(
    `SELECT DISTINCT reason FROM upgrades WHERE actionid = $1 AND outcome = 'failed'`,
    [id],
  );
  expect(rows).toEqual([{ reason: 'it does not run here' }]);
});

test('a pause starts no further endpoint, resume continues, and cancel ends after those in progress', async () => {
  await using platform = await openPlatform({ upgrades: { canary: 1, atOnce: 2 } });
  await using _agents = await openAgents(platform, { count: 30 });
  const id = await postUpgrade(platform);
  const steer = async (verb: string) =>
    expect((await platform.api.form(`/action/${verb}/`, { actionid: String(id) })).status).toBe(200);
  await waitFor('the first ones', async () => (await sentCount(platform, id)) >= 3);
  await steer('pause');
  const stopped = await waitFor('nobody to be under way', async () => {
    const counts = await recordsOf(platform, id);
    return Object.keys(counts).every((what) => ['done', 'waiting'].includes(what)) && counts;
  });
  await sleep(1500);
  expect(await recordsOf(platform, id)).toEqual(stopped);
  await steer('resume');
  await waitFor('more', async () => ((await recordsOf(platform, id)).done ?? 0) > (stopped.done ?? 0));
  await steer('cancel');
  expect((await waitForEnd(platform, id)).status).toBe('cancelled');
  const counts = await recordsOf(platform, id);
  expect(Object.keys(counts).sort()).toEqual(['cancelled', 'done']);
});

test('offline endpoints wait, and expire with the action', async () => {
  await using platform = await openPlatform({ upgrades: { canary: 10 } });
  await using _agents = await openAgents(platform, { count: 3 });
  const id = await postAction(platform.api, {
    name: 'upgrade',
    target: `name LIKE 'sim-%' AND status IN ('online', 'offline')`,
    expireAfterMs: Date.now() + 12_000,
    operations: [operation()],
    validFromMs: Date.now() + 2_000,
  });
  await platform.pool.query(`UPDATE agents SET status = 'offline' WHERE name = 'sim-1'`);
  expect((await waitForEnd(platform, id)).status).toBe('completed');
  expect(await recordsOf(platform, id)).toEqual({ done: 2, expired: 1 });
});

/** Upgradable endpoints of the attacker's, whose queues have no consumer. */
async function openLiars(platform: Platform, names: readonly string[]): Promise<void> {
  const agent = platform.use(await openRelayClient(platform.slot, 'agent'));
  for (const name of names) await declareAgentQueue(agent.channel, `linux.${name}.1`);
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'sim-' || name, 'linux.' || name || '.1', 'daemon', '1-simulated', 1, now(), now(), now(), 'online',
       '{"os":"linux","arch":"amd64","modules":["upgrade"]}', '{}'
     FROM unnest($1::text[]) AS name`,
    [names],
  );
}

function sentCommand(platform: Platform, actionId: number, queueloc: string): Promise<number> {
  return waitFor(`the command to ${queueloc}`, async () => {
    const { rows } = await platform.pool.query(
      'SELECT id FROM commands WHERE actionid = $1 AND queueloc = $2 AND publishedat IS NOT NULL',
      [actionId, queueloc],
    );
    return rows[0]?.id as number | undefined;
  });
}

test('hostile answers end the upgrade of their own endpoint only', async () => {
  await using platform = await openPlatform({ upgrades: { canary: 1, atOnce: 10, maxFailurePercent: 100 } });
  await using _agents = await openAgents(platform, { count: 3 });
  const relay = platform.use(await openRelayClient(platform.slot, 'agent'));
  const deep = `${'['.repeat(3000)}${']'.repeat(3000)}`;
  const failed = '"success":false,"elements":null,"errors":["it \\u0000 failed"]';
  /** The hostile results; only the last can be stored. */
  const lies: Record<string, string[]> = {
    nul: [failed],
    number: ['"success":true,"elements":{"oldpid":1e999},"errors":null', failed],
    nested: [`"success":true,"elements":{"oldpid":${deep}},"errors":null`, failed],
    version: ['"success":true,"elements":{"oldpid":5,"oldversion":"..\\u0000"},"errors":null'],
    prototype: ['"success":true,"elements":{"__proto__":{"oldpid":5}},"errors":null'],
  };
  await openLiars(platform, Object.keys(lies));
  const id = await postUpgrade(platform);
  // It is not defined which of them are asked first.
  await Promise.all(
    Object.entries(lies).map(async ([name, bodies]) => {
      const queueloc = `linux.${name}.1`;
      const commandId = await sentCommand(platform, id, queueloc);
      for (const result of bodies) {
        const body = `{"id":${commandId},"agent":{"queueloc":"${queueloc}"},"status":"success","results":[{"foundanything":true,${result}}]}`;
        await relay.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body });
      }
    }),
  );
  expect((await waitForEnd(platform, id, 90_000)).status).toBe('completed');
  expect(await recordsOf(platform, id)).toEqual({ done: 3, failed: 5 });
  const { rows } = await platform.pool.query(
    `SELECT queueloc, reason FROM upgrades WHERE actionid = $1 AND outcome = 'failed' ORDER BY queueloc`,
    [id],
  );
  expect(rows).toEqual([
    { queueloc: 'linux.nested.1', reason: 'it NULL failed' },
    { queueloc: 'linux.nul.1', reason: 'it NULL failed' },
    { queueloc: 'linux.number.1', reason: 'it NULL failed' },
    { queueloc: 'linux.prototype.1', reason: 'the answer contains no process id' },
    { queueloc: 'linux.version.1', reason: 'the agent reported no usable version' },
  ]);
  const { rows: rejections } = await platform.pool.query(
    'SELECT DISTINCT code FROM rejections ORDER BY code',
  );
  expect(rejections.map(({ code }) => code)).toEqual(['json_invalid', 'json_too_deep']);
  await platform.pool.query('SELECT results::jsonb FROM commands');
});

test("the upgrade continues from Postgres after Temporal's store was wiped", async () => {
  await using platform = await openPlatform({ upgrades: { canary: 1, atOnce: 2 } });
  await using _agents = await openAgents(platform, { count: 12 });
  const id = await postUpgrade(platform);
  await waitFor('the first ones', async () => (await sentCount(platform, id)) >= 3);
  await platform.temporal.workflow.getHandle(actionWorkflowId(id)).terminate('as if the store were wiped');
  await using _another = await startWorker({ config: platform.workerConfig, log });
  expect((await waitForEnd(platform, id, 90_000)).status).toBe('completed');
  expect(await recordsOf(platform, id)).toEqual({ done: 12 });
});

test('without the scheduler’s key no upgrade starts, and the action has the reason', async () => {
  await using platform = await openPlatform({ worker: false });
  await using _worker = await startWorker({
    config: { ...platform.workerConfig, schedulerKey: undefined },
    log,
  });
  await using _agents = await openAgents(platform, { count: 1 });
  const id = await postUpgrade(platform);
  const { status, reason } = await waitForEnd(platform, id);
  expect(status).toBe('invalid');
  expect(reason).toContain('MIG_SCHEDULER_KEY_FILE');
});

test('an upgrade is the only operation of its action, with parameters checked for every platform', async () => {
  await using platform = await openPlatform({ worker: false });
  const post = async (operations: object[]) => {
    const text = await signedAction([platform.api.key], { operations: operations as never });
    const { status, body } = await platform.api.form('/action/create/', { action: text });
    return { status, message: body.collection.error.message };
  };
  expect(await post([operation(), operation()])).toEqual({
    status: 400,
    message: expect.stringContaining('must be the only operation'),
  });
  const parameters = { 'plan9/mips': { ...operation().parameters['linux/amd64'], checksum: 'x' } };
  expect(await post([{ module: 'upgrade', parameters }])).toEqual({
    status: 400,
    message: expect.stringContaining("In plan9/mips, parameter 'checksum'"),
  });
});

test('two live agents on one endpoint are found, unless one was restarted or an upgrade is in progress', async () => {
  await using slot = await openSlot();
  const db = slot.admin;
  // Endpoint, process, minutes since its start, minutes since its last heartbeat.
  for (const [endpoint, pid, startAge, heartbeatAge] of [
    ['twice', 1, 60, 0] as const,
    ['twice', 2, 30, 0] as const,
    ['restarted', 1, 60, 31] as const,
    ['restarted', 2, 30, 0] as const,
    ['upgrading', 1, 60, 0] as const,
    ['upgrading', 2, 1, 0] as const,
  ]) {
    await db.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ($1::text, 'linux.' || $1::text || '.1', 'daemon', 'v' || $2::int::text, $2::int, now() - $3::int * interval '1 minute',
         now() - $4::int * interval '1 minute', now(), 'online', '{}', '{}')`,
      [endpoint, pid, startAge, heartbeatAge],
    );
  }
  await db.query(
    `WITH action AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
       VALUES ('upgrade', 'true', '{}', '{}', '[]', now(), now(), 'inflight', 2, '[]') RETURNING id
     ), command AS (
       INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
       SELECT action.id, agents.id, queueloc, 'success', now() FROM action, agents WHERE name = 'upgrading' AND pid = 1
       RETURNING id, actionid, queueloc
     )
     INSERT INTO upgrades (commandid, actionid, queueloc, step) SELECT id, actionid, queueloc, 'duplicate found' FROM command`,
  );
  const pair = { oldPid: 1, oldVersion: 'v1', newPid: 2, newVersion: 'v2' };
  expect(await duplicateAgents(db)).toEqual([
    { queueloc: 'linux.twice.1', name: 'twice', newName: 'twice', ...pair },
  ]);
  await db.query('UPDATE upgrades SET finishedat = now()');
  expect((await duplicateAgents(db)).map(({ name }) => name)).toEqual(['twice', 'upgrading']);

  // The agents' password allows any number of registrations: they must not all be compared with each other.
  await db.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'many', 'linux.many.1', 'daemon', 'v1', n, now() + n * interval '1 second', now() + n * interval '1 second', now(),
       'online', '{}', '{}'
     FROM generate_series(1, 20000) AS n`,
  );
  const startMs = performance.now();
  expect((await duplicateAgents(db)).map(({ name }) => name)).toEqual(['twice', 'upgrading']);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import { createApiCaller } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { retireOldProcesses } from '../../platform/postgres/queries/agents/aging.ts';
import { duplicateAgents } from '../../platform/postgres/queries/agents/duplicate-agents.ts';
import { fleetStats } from '../../platform/postgres/queries/dashboard.ts';
import { declareAgentQueue, declareProcessQueue } from '../../platform/rabbitmq/topology.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let agent: RelayClient;
let count = 0;
const HOUR_MS = 3_600_000;

beforeAll(async () => {
  platform = await openPlatform();
  agent = platform.use(await openRelayClient(platform.slot, 'agent'));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const at = (ms: number) => new Date(Date.now() + ms).toISOString();
const START = at(-60_000);
const newQueueloc = () => `linux.endpoint${++count}.1`;

async function send(queueloc: string, pid: number, overrides: Record<string, unknown>): Promise<void> {
  await agent.publish({
    exchange: EXCHANGE_TO_SCHEDULERS,
    routingKey: QUEUE_HEARTBEATS,
    body: JSON.stringify({
      name: `host of ${queueloc}`,
      queueloc,
      mode: 'daemon',
      version: '1',
      pid,
      starttime: START,
      heartbeatts: at(0),
      refreshts: at(0),
      environment: { os: 'linux' },
      tags: {},
      ...overrides,
    }),
  });
}

/** Sends a heartbeat and waits until it is stored. */
async function beat(queueloc: string, pid: number, overrides: Record<string, unknown> = {}): Promise<void> {
  const before = await rowOf(queueloc, pid);
  await send(queueloc, pid, overrides);
  await waitFor('the heartbeat', async () => {
    const after = await rowOf(queueloc, pid);
    return after !== undefined && after.heartbeattime !== before?.heartbeattime;
  });
}

async function rowOf(queueloc: string, pid: number) {
  const text = 'SELECT * FROM agents WHERE queueloc = $1 AND pid = $2';
  return (await platform.pool.query(text, [queueloc, pid])).rows[0];
}

/** Moves all times of a process into the past. */
const shift = (queueloc: string, pid: number, ms: number) =>
  platform.pool.query(
    `UPDATE agents SET starttime = starttime - $3 * interval '1 ms', heartbeattime = heartbeattime - $3 * interval '1 ms'
     WHERE queueloc = $1 AND pid = $2`,
    [queueloc, pid, ms],
  );

describe('a refresh time ahead of now', () => {
  test('is capped at now, so that later changes are stored', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1, { refreshts: at(10 * HOUR_MS), tags: { a: 'old' } });
    expect(Date.parse((await rowOf(queueloc, 1)).refreshtime)).toBeLessThanOrEqual(Date.now());
    await beat(queueloc, 1, { refreshts: at(0), tags: { a: 'new' } });
    expect(JSON.parse((await rowOf(queueloc, 1)).tags)).toEqual({ a: 'new' });
    await beat(queueloc, 1, { refreshts: at(-HOUR_MS), tags: { a: 'stale' } });
    expect(JSON.parse((await rowOf(queueloc, 1)).tags)).toEqual({ a: 'new' });
  });

  test('is capped also when it was stored before', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    await platform.pool.query(
      `UPDATE agents SET refreshtime = now() + interval '1 day' WHERE queueloc = $1`,
      [queueloc],
    );
    await beat(queueloc, 1, { tags: { a: 'new' } });
    expect(JSON.parse((await rowOf(queueloc, 1)).tags)).toEqual({ a: 'new' });
  });
});

describe('a wrong clock', () => {
  const late = { heartbeatts: at(-2 * HOUR_MS) };
  const stored = (queueloc: string) =>
    waitFor('the record', async () => {
      const row = await rowOf(queueloc, 1);
      return row && { ...row, notices: JSON.parse(row.environment).notices as string[] | undefined };
    });
  const LATE =
    'its last heartbeat arrived 2 hours after its own timestamp: the clock is behind, or the relay was slow';

  test('two hours behind is in the record of the agent, which is not online', async () => {
    const queueloc = newQueueloc();
    await send(queueloc, 1, { ...late, starttime: at(-2 * HOUR_MS), refreshts: at(-2 * HOUR_MS) });
    expect(await stored(queueloc)).toMatchObject({ status: 'offline', notices: [LATE] });
    const before = await fleetStats(platform.pool);
    await beat(queueloc, 1, { starttime: at(-2 * HOUR_MS), refreshts: at(-2 * HOUR_MS) });
    expect(await stored(queueloc)).toMatchObject({ status: 'online', notices: undefined });
    expect((await fleetStats(platform.pool)).onlineAgents).toBe(before.onlineAgents + 1);
  });

  test('makes a late heartbeat that does not revert a current record', async () => {
    const [queueloc, after] = [newQueueloc(), newQueueloc()];
    await beat(queueloc, 1, { tags: { a: 'now' } });
    await send(queueloc, 1, { ...late, tags: { a: 'late' } });
    await beat(after, 1);
    expect(await stored(queueloc)).toMatchObject({
      status: 'online',
      notices: undefined,
      tags: '{"a":"now"}',
    });
    await platform.pool.query(`UPDATE agents SET status = 'offline' WHERE queueloc = $1`, [queueloc]);
    const { heartbeattime } = await stored(queueloc);
    await send(queueloc, 1, late);
    await waitFor('the notice', async () => (await stored(queueloc)).notices);
    expect(await stored(queueloc)).toMatchObject({ status: 'offline', notices: [LATE], heartbeattime });
  });

  test('is reported to the sending process on its own queue', async () => {
    const [behind, right] = [newQueueloc(), newQueueloc()];
    const heard: { queueloc: string; body: { clock: { sent: string; received: string } } }[] = [];
    for (const queueloc of [behind, right]) {
      await declareAgentQueue(agent.channel, queueloc);
      const queue = await declareProcessQueue(agent.channel, queueloc, 1);
      await agent.channel.consume(
        queue,
        (message) => {
          if (message) heard.push({ queueloc, body: JSON.parse(message.content.toString()) });
        },
        { noAck: true },
      );
    }
    const knows = { capabilities: ['clock'] };
    await send(right, 1, knows);
    await send(behind, 1, { heartbeatts: at(-10 * 60_000) });
    const before = Date.now();
    const sent = at(-10 * 60_000);
    await send(behind, 1, { ...knows, heartbeatts: sent });
    await waitFor('word', () => heard.length > 0);
    expect(heard).toEqual([
      { queueloc: behind, body: { clock: { sent: expect.any(String), received: expect.any(String) } } },
    ]);
    const { clock } = heard[0]?.body ?? { clock: { sent: '', received: '' } };
    expect(Date.parse(clock.sent)).toBe(Date.parse(sent));
    expect(Date.parse(clock.received)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(clock.received)).toBeLessThanOrEqual(Date.now());
    expect((await stored(behind)).status).toBe('online');
  });
});

describe('of the processes of an endpoint', () => {
  test('the one before a restart is offline, and the dashboard has one agent', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    const before = await fleetStats(platform.pool);
    await shift(queueloc, 1, 60_000);
    await beat(queueloc, 2, { starttime: at(0) });
    await retireOldProcesses(platform.pool);
    expect([(await rowOf(queueloc, 1)).status, (await rowOf(queueloc, 2)).status]).toEqual([
      'offline',
      'online',
    ]);
    expect(await fleetStats(platform.pool)).toEqual(before);
  });

  test('an online one keeps the endpoint out of a target for offline agents', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    await shift(queueloc, 1, 60_000);
    await beat(queueloc, 2, { starttime: at(0) });
    await retireOldProcesses(platform.pool);
    const reached = async (condition: string) => {
      const target = encodeURIComponent(`queueloc='${queueloc}' AND ${condition}`);
      const { body } = await platform.api.get(`/agent/count?target=${target}`);
      return body.collection.items[0].data[0].value.count;
    };
    expect([await reached(`status='offline'`), await reached(`status IN ('online', 'offline')`)]).toEqual([
      0, 1,
    ]);
    await platform.pool.query(`UPDATE agents SET status = 'offline' WHERE queueloc = $1`, [queueloc]);
    expect(await reached(`status='offline'`)).toBe(1);
  });

  test('an older one with new heartbeats is online again, and both are shown', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    await shift(queueloc, 1, 120_000);
    await beat(queueloc, 2, { starttime: at(0) });
    await shift(queueloc, 2, 60_000);
    await retireOldProcesses(platform.pool);
    await beat(queueloc, 1);
    await retireOldProcesses(platform.pool);
    const found = (await duplicateAgents(platform.pool)).filter((one) => one.queueloc === queueloc);
    expect(found).toEqual([expect.objectContaining({ oldPid: 1, newPid: 2 })]);
    const name = `host of ${queueloc}`;
    const notice = `two agents answer for this endpoint: process 1 of ${name} and process 2 of ${name}`;
    for (const pid of [1, 2]) {
      const { id } = await rowOf(queueloc, pid);
      const { body } = await platform.api.get(`/agent?agentid=${id}`);
      expect(body.collection.items[0].data[0].value).toMatchObject({ status: 'online', notice });
    }
    expect((await fleetStats(platform.pool)).multiAgentsEndpoints).toBeGreaterThan(0);
    await platform.pool.query(`UPDATE agents SET status = 'offline' WHERE queueloc = $1 AND pid = 1`, [
      queueloc,
    ]);
    await duplicateAgents(platform.pool);
    expect((await rowOf(queueloc, 2)).notice).toBeNull();
  });

  test('one is idle at once after its last heartbeat, and the next one is online', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    await beat(queueloc, 1, { status: 'offline' });
    expect((await rowOf(queueloc, 1)).status).toBe('idle');
    await beat(queueloc, 1);
    expect((await rowOf(queueloc, 1)).status).toBe('online');
  });

  test('one with a reused PID and another start time is a new one', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    await platform.pool.query(`UPDATE agents SET status = 'destroyed' WHERE queueloc = $1`, [queueloc]);
    await shift(queueloc, 1, 60_000);
    const { starttime, startedat } = await rowOf(queueloc, 1);
    await beat(queueloc, 1, { starttime: startedat });
    expect(await rowOf(queueloc, 1)).toMatchObject({ status: 'destroyed', starttime });
    await beat(queueloc, 1, { starttime: at(0) });
    const again = await rowOf(queueloc, 1);
    expect(again.status).toBe('online');
    expect(Date.parse(again.starttime)).toBeGreaterThan(Date.parse(starttime));
  });
});

describe('two machines on one queue', () => {
  test('with the same PID, as in containers, are detected by their alternating start times', async () => {
    const queueloc = newQueueloc();
    const [first, second] = [{ starttime: at(-HOUR_MS) }, { starttime: at(-HOUR_MS / 2) }];
    await beat(queueloc, 7, first);
    await beat(queueloc, 7, second);
    await shift(queueloc, 7, 60_000);
    const found = async () =>
      (await duplicateAgents(platform.pool)).filter((one) => one.queueloc === queueloc);
    expect(await found()).toEqual([]);
    await beat(queueloc, 7, first);
    expect(await found()).toEqual([expect.objectContaining({ oldPid: 7, newPid: 7 })]);
    expect((await rowOf(queueloc, 7)).notice).toBe(
      'two machines answer for this endpoint, both as process 7',
    );
  });

  test('are not reported for one container that restarts repeatedly', async () => {
    const queueloc = newQueueloc();
    for (const ago of [5, 4, 3, 2]) {
      await beat(queueloc, 7, { starttime: at(-ago * 60_000) });
      await shift(queueloc, 7, 30_000);
    }
    const found = (await duplicateAgents(platform.pool)).filter((one) => one.queueloc === queueloc);
    expect(found).toEqual([]);
  });
});

describe('an endpoint is removed', () => {
  const remove = (queueloc: string) => platform.api.form('/agent/remove/', { queueloc });

  test('by an administrator, while it is not online, with a row in the audit trail', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1);
    expect(await remove(queueloc)).toMatchObject({ status: 409 });
    await beat(queueloc, 1, { status: 'offline' });
    const before = await fleetStats(platform.pool);
    const answer = await remove(queueloc);
    expect(answer.status).toBe(200);
    expect(answer.body.collection.items[0].data[0].value).toEqual({
      queueloc,
      name: `host of ${queueloc}`,
      processes: 1,
    });
    const { id, status, destructiontime } = await rowOf(queueloc, 1);
    expect(status).toBe('removed');
    expect(Date.parse(destructiontime)).toBeLessThanOrEqual(Date.now());
    const after = await fleetStats(platform.pool);
    expect(after.idleEndpoints).toBe(before.idleEndpoints - 1);
    expect(after.disappearedEndpoints).toBe(before.disappearedEndpoints);
    const { body } = await platform.api.get(`/audit?kind=endpoint_removed&objectid=${id}`);
    expect(body.collection.items[0].data[0].value).toMatchObject({
      outcome: 'done',
      isproven: true,
      detail: { queueloc, processes: [1] },
    });
    expect(await remove(queueloc)).toMatchObject({ status: 404 });
    await beat(queueloc, 1);
    expect((await rowOf(queueloc, 1)).status).toBe('online');
  });

  test('by nobody else', async () => {
    const queueloc = newQueueloc();
    await beat(queueloc, 1, { status: 'offline' });
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    expect(await john.form('/agent/remove/', { queueloc })).toMatchObject({ status: 401 });
    expect((await rowOf(queueloc, 1)).status).toBe('idle');
    expect(await remove('../x')).toMatchObject({ status: 400 });
    expect(await remove('linux.nobody.1')).toMatchObject({ status: 404 });
  });
});

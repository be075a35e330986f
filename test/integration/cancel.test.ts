import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishDueCancels } from '../../activities/cancels.ts';
import type { Capability } from '../../contract/capabilities.ts';
import { EXCHANGE_TO_AGENTS, EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import { heartbeatOf } from '../../dev/simulation/agent/heartbeat.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { cancelledOfAction, cancelledOfEndpoints } from '../../platform/postgres/queries/commands/cancels.ts';
import type { OutgoingMessage } from '../../platform/rabbitmq/publish.ts';
import { declareAgentQueue, declareProcessQueue } from '../../platform/rabbitmq/topology.ts';
import { commandsByStatus, openAgents, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

let platform: Platform;
let relay: RelayClient;

beforeAll(async () => {
  platform = await openPlatform();
  relay = platform.use(await openRelayClient(platform.slot, 'agent'));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

interface Message {
  queue: 'endpoint' | number;
  body: { id?: number; cancel?: { ids: number[] }; capabilities?: string[] };
  properties: { deliveryMode: number; expiration: string };
}

/** An endpoint without an agent: it keeps the messages of its queues and never answers. */
async function openEndpoint(name: string, pids: number[], capabilities: readonly Capability[]) {
  const queueloc = `linux.${name}.1`;
  const messages: Message[] = [];
  const take = (queue: string, from: Message['queue']) =>
    relay.channel.consume(
      queue,
      (message) => {
        if (!message) return;
        const { deliveryMode, expiration } = message.properties;
        messages.push({
          queue: from,
          body: JSON.parse(message.content.toString()),
          properties: { deliveryMode, expiration },
        });
      },
      { noAck: true },
    );
  await take(await declareAgentQueue(relay.channel, queueloc), 'endpoint');
  for (const pid of pids) await take(await declareProcessQueue(relay.channel, queueloc, pid), pid);
  const heartbeat = async () => {
    for (const pid of pids) {
      await relay.publish(heartbeatOf({ queueloc }, { pid, version: '1' }, { capabilities }));
    }
  };
  const processes = async () => {
    const { rows } = await platform.pool.query(
      `SELECT pid, capabilities FROM agents WHERE queueloc = $1 AND status = 'online' ORDER BY pid`,
      [queueloc],
    );
    return rows as { pid: number; capabilities: string[] }[];
  };
  await heartbeat();
  await waitFor('registration', async () => (await processes()).length === pids.length);
  const cancels = () => messages.filter(({ body }) => body.cancel !== undefined);
  return { queueloc, messages, cancels, heartbeat, processes };
}

const cancel = async (id: number) => {
  const answer = await platform.api.form('/action/cancel/', { actionid: String(id) });
  expect(answer.status).toBe(200);
  expect((await waitForEnd(platform, id)).status).toBe('cancelled');
};

async function commandId(actionId: number): Promise<number> {
  const { rows } = await platform.pool.query('SELECT id FROM commands WHERE actionid = $1', [actionId]);
  return rows[0].id;
}

describe('a cancel', () => {
  test('goes to every process of the endpoint that announced it, and only to those', async () => {
    const ours = await openEndpoint('ours', [11, 12], ['cancel', 'journal']);
    const migs = await openEndpoint('migs', [21], []);
    const other = await openEndpoint('other', [31], ['journal']);
    expect((await ours.processes()).map(({ capabilities }) => capabilities)).toEqual([
      ['cancel', 'journal'],
      ['cancel', 'journal'],
    ]);
    expect(await migs.processes()).toEqual([{ pid: 21, capabilities: [] }]);
    const id = await postAction(platform.api, { target: `name IN ('ours', 'migs', 'other')` });
    await waitFor('the commands', () =>
      [ours, migs, other].every(({ messages }) => messages.some(({ queue }) => queue === 'endpoint')),
    );
    expect(ours.messages[0]?.body.capabilities).toEqual(['cancel']);
    await cancel(id);
    await waitFor('the cancels', () => ours.cancels().length === 2);
    const command = ours.messages[0]?.body.id;
    const sent = ours.cancels().sort((a, b) => Number(a.queue) - Number(b.queue));
    expect(sent.map(({ queue, body }) => [queue, body])).toEqual([
      [11, { cancel: { ids: [command] } }],
      [12, { cancel: { ids: [command] } }],
    ]);
    for (const { properties } of sent) {
      expect(properties.deliveryMode).toBe(1);
      expect(Number(properties.expiration)).toBeLessThanOrEqual(120_000);
    }
    // The relay keeps the order of one channel: any earlier message would have arrived before this one.
    const scheduler = platform.use(await openRelayClient(platform.slot, 'scheduler'));
    for (const { queueloc, pid } of [
      { queueloc: migs.queueloc, pid: 21 },
      { queueloc: other.queueloc, pid: 31 },
    ]) {
      const routingKey = `mig.agt.${queueloc}.${pid}`;
      await scheduler.publish({ exchange: EXCHANGE_TO_AGENTS, routingKey, body: '{"mark":true}' });
    }
    await waitFor('the marks', () => [migs, other].every(({ messages }) => messages.length === 2));
    expect([migs, other].flatMap(({ cancels }) => cancels())).toEqual([]);
    expect(await commandsByStatus(platform, id)).toEqual({ cancelled: 3 });
  });

  test('goes to the few latest processes of an endpoint with many', async () => {
    const crowded = await openEndpoint('crowded', [51, 52], ['cancel']);
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags,
         capabilities)
       SELECT 'crowded', $1, 'daemon', '1', 1000 + n, now(), now() - interval '1 minute', now(), 'online', '{}', '{}', '{cancel}'
       FROM generate_series(1, 1000) AS n`,
      [crowded.queueloc],
    );
    const id = await postAction(platform.api, { target: `name = 'crowded'` });
    await waitFor('the command', () => crowded.messages.length === 1);
    await cancel(id);
    await waitFor('the cancels', () => crowded.cancels().length >= 2);
    const { pool } = platform;
    const ofAction = await cancelledOfAction(pool, { actionId: id, after: 0, limit: 500 });
    const ofEndpoint = await cancelledOfEndpoints(pool, {
      queuelocs: [crowded.queueloc],
      after: 0,
      limit: 500,
    });
    for (const rows of [ofAction, ofEndpoint]) {
      expect(rows).toHaveLength(4);
      expect(rows.map(({ pid }) => pid)).toEqual(expect.arrayContaining([51, 52]));
    }
  });

  test('reaches an offline endpoint at its next heartbeats, until it has answered', async () => {
    const away = await openEndpoint('away', [41], ['cancel']);
    const id = await postAction(platform.api, { target: `name = 'away'` });
    await waitFor('the command', () => away.messages.length === 1);
    await platform.pool.query(`UPDATE agents SET status = 'offline' WHERE name = 'away'`);
    await cancel(id);
    expect(away.cancels()).toEqual([]);
    await away.heartbeat();
    // It is redelivered until it is answered.
    await waitFor('the cancel', () => away.cancels().length > 0);
    const command = await commandId(id);
    expect(away.cancels()[0]?.body).toEqual({ cancel: { ids: [command] } });
    const answer = { id: command, agent: { queueloc: away.queueloc }, status: 'cancelled', results: [] };
    await relay.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: 'mig.agt.results',
      body: JSON.stringify(answer),
    });
    await waitFor('the answer', async () => {
      const { rows } = await platform.pool.query('SELECT results FROM commands WHERE id = $1', [command]);
      return rows[0].results !== null;
    });
    expect(await commandsByStatus(platform, id)).toEqual({ cancelled: 1 });
    const second = await postAction(platform.api, { target: `name = 'away'`, name: 'another' });
    await away.heartbeat();
    await waitFor('the second command', () =>
      away.messages.some(({ body }) => body.id !== undefined && body.id > command),
    );
    await cancel(second);
    const secondCommand = await commandId(second);
    // The first one may have been redelivered meanwhile.
    await waitFor('its cancel', () =>
      away.cancels().some(({ body }) => body.cancel?.ids.includes(secondCommand)),
    );
    expect(away.cancels().at(-1)?.body).toEqual({ cancel: { ids: [secondCommand] } });
  });

  test('is not sent for a command that was never published', async () => {
    const unsent = await openEndpoint('unsent', [51], ['cancel']);
    const id = await postAction(platform.api, {
      target: `name = 'unsent'`,
      validFromMs: Date.now() + 2000,
    });
    await platform.api.form('/action/pause/', { actionid: String(id) });
    await waitFor('the target to be resolved', async () => (await commandsByStatus(platform, id)).sent === 1);
    await cancel(id);
    const other = await postAction(platform.api, { target: `name = 'unsent'`, name: 'another' });
    await waitFor('the command', () => unsent.messages.length > 0);
    await cancel(other);
    await waitFor('its cancel', () => unsent.cancels().length === 1);
    expect(unsent.messages.flatMap(({ body }) => body.id ?? body.cancel?.ids ?? [])).toEqual([
      await commandId(other),
      await commandId(other),
    ]);
  });

  test('an HTTP heartbeat removes no capabilities of an endpoint', async () => {
    const kept = await openEndpoint('kept', [61], ['cancel']);
    const { body } = heartbeatOf({ queueloc: kept.queueloc }, { pid: 61, version: '1' });
    const { tags, environment, ...rest } = JSON.parse(body);
    const answer = await platform.api.send('/heartbeat', {
      method: 'POST',
      body: JSON.stringify({
        ...rest,
        queueLoc: kept.queueloc,
        startTime: rest.starttime,
        tags: [],
        environment,
      }),
    });
    expect(answer.status).toBeLessThan(500);
    expect(await kept.processes()).toEqual([{ pid: 61, capabilities: ['cancel'] }]);
  });
});

test('stops simulated agents, whose answers replace those that the platform wrote', async () => {
  const agents = platform.use(await openAgents(platform, { count: 20, prefix: 'busy', delayMs: 60_000 }));
  const id = await postAction(platform.api, { target: `name LIKE 'busy-%'` });
  await waitFor('the commands to be out', async () => {
    const { rows } = await platform.pool.query(
      'SELECT count(*) AS count FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
      [id],
    );
    return rows[0].count === 20;
  });
  await cancel(id);
  await waitFor('the answers', async () => {
    const { rows } = await platform.pool.query(
      `SELECT count(*) AS count FROM commands
       WHERE actionid = $1 AND results -> 0 ->> 'errors' = '["cancelled by the platform"]'`,
      [id],
    );
    return rows[0].count === 20;
  });
  expect(await commandsByStatus(platform, id)).toEqual({ cancelled: 20 });
  expect(agents.ledger.size).toBe(0);
});

test('of many commands reaches each of them at a heartbeat', async () => {
  const count = 1_100;
  const { rows } = await platform.pool.query(
    `WITH action AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion,
         pgpsignatures)
       VALUES ('many', 'true', '{}', '{}', '[]', now(), now() + interval '1 hour', 'cancelled', 2, '')
       RETURNING id
     ), many AS (
       INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment,
         tags, capabilities)
       SELECT 'many', 'linux.many.' || n, 'daemon', '1', n, now(), now(), now(), 'online', '{}', '{}', '{cancel}'
       FROM generate_series(1, $1) AS n
       RETURNING id, queueloc
     )
     INSERT INTO commands (actionid, agentid, queueloc, status, starttime, publishedat)
     SELECT action.id, many.id, many.queueloc, 'cancelled', now(), now()
     FROM action, many
     RETURNING queueloc`,
    [count],
  );
  const sent = new Set<string>();
  const publish = async ({ routingKey }: OutgoingMessage) => {
    sent.add(routingKey);
    return 'returned' as const;
  };
  await publishDueCancels(
    { pool: platform.pool, publisher: async () => ({ publish }) },
    rows.map(({ queueloc }) => queueloc),
  );
  expect(sent.size).toBe(count);
});

test('is not affected by a heartbeat with malformed capabilities, which is refused and recorded', async () => {
  const heartbeat = heartbeatOf({ queueloc: 'linux.rubbish.1' }, { pid: 1, version: '1' });
  const body = JSON.stringify({ ...JSON.parse(heartbeat.body), capabilities: ['CANCEL'] });
  await relay.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_HEARTBEATS, body });
  await waitFor('the rejection', async () => {
    const { rows } = await platform.pool.query(
      `SELECT message FROM rejections WHERE code = 'heartbeat_invalid'`,
    );
    return rows.some(({ message }) => message.includes('capabilities'));
  });
});

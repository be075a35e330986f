import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeResults } from '../../activities/results.ts';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { progressQuery } from '../../workflows/messages.ts';
import { commandsByStatus, log, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';
import { startedWorkflow } from '../setup/started-workflow.ts';

let platform: Platform;
/** An agent made of raw messages: it sends heartbeats, and answers as the test wants. */
let agent: RelayClient;
const QUEUELOC = 'linux.handmade.0000000000000000000000001';

beforeAll(async () => {
  platform = await openPlatform();
  agent = platform.use(await openRelayClient(platform.slot, 'agent'));
  await agent.channel.assertQueue(`mig.agt.${QUEUELOC}`, { durable: true });
  await agent.channel.bindQueue(`mig.agt.${QUEUELOC}`, 'toagents', `mig.agt.${QUEUELOC}`);
  await heartbeat({});
  await waitFor('registration', async () => (await agentsNamed('handmade')).length === 1);
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const toQueue = (routingKey: string, body: string | Buffer) =>
  agent.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey, body });

function heartbeat(overrides: Record<string, unknown>) {
  const now = new Date().toISOString();
  return toQueue(
    QUEUE_HEARTBEATS,
    JSON.stringify({
      name: 'handmade',
      queueloc: QUEUELOC,
      mode: 'daemon',
      version: '1',
      pid: 77,
      heartbeatts: now,
      refreshts: now,
      environment: { os: 'linux', isproxied: false, aws: {}, modules: ['file'] },
      tags: { a: 'b' },
      ...overrides,
    }),
  );
}

async function agentsNamed(name: string) {
  return (await platform.pool.query('SELECT * FROM agents WHERE name = $1', [name])).rows;
}

/** Inserts a command that waits for this agent's answer. */
async function openCommand(): Promise<{ actionId: number; commandId: number }> {
  const actionId = await postAction(platform.api, {
    name: `wait ${Math.random()}`,
    target: `name='handmade'`,
  });
  const commandId = await waitFor('command', async () => {
    const { rows } = await platform.pool.query('SELECT id FROM commands WHERE actionid = $1', [actionId]);
    return rows[0]?.id as number | undefined;
  });
  return { actionId, commandId };
}

const RESULT = { foundanything: true, success: true, elements: { s1: [] }, statistics: null, errors: null };

function answer(commandId: number, overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: commandId,
    agent: { queueloc: QUEUELOC },
    status: 'success',
    results: [RESULT],
    ...overrides,
  });
}

async function expectRejected(code: string, commandId?: number): Promise<void> {
  await waitFor(`rejection ${code}`, async () => {
    const { rows } = await platform.pool.query(
      'SELECT 1 FROM rejections WHERE code = $1 AND ($2::numeric IS NULL OR commandid = $2)',
      [code, commandId ?? null],
    );
    return rows.length > 0;
  });
}

/** Checks that a good answer still ends its action. */
async function expectServing(): Promise<void> {
  const { actionId, commandId } = await openCommand();
  await toQueue(QUEUE_RESULTS, answer(commandId));
  expect((await waitForEnd(platform, actionId)).status).toBe('completed');
}

describe('a result on the relay is recorded, and the queue moves on, when it is', () => {
  test('for an unknown command', async () => {
    await toQueue(QUEUE_RESULTS, answer(12_345));
    await expectRejected('result_unknown_command', 12_345);
    await expectServing();
  });

  test('from the wrong agent', async () => {
    const { actionId, commandId } = await openCommand();
    await toQueue(QUEUE_RESULTS, answer(commandId, { agent: { queueloc: 'linux.liar.1' } }));
    await expectRejected('result_wrong_agent', commandId);
    expect(await commandsByStatus(platform, actionId)).toEqual({ sent: 1 });
    await toQueue(QUEUE_RESULTS, answer(commandId));
    expect((await waitForEnd(platform, actionId)).status).toBe('completed');
  });

  test('from the wrong agent, in one batch with the true one, which is stored', async () => {
    const { actionId, commandId } = await openCommand();
    const deps = { pool: platform.pool, log };
    const forged = answer(commandId, { agent: { queueloc: 'linux.liar.1' }, status: 'failed' });
    const bodies = [forged, answer(commandId), forged].map((body) => Buffer.from(body));
    expect(await storeResults(deps, { bodies })).toEqual({ actionIds: [actionId] });
    await expectRejected('result_wrong_agent', commandId);
    expect(await commandsByStatus(platform, actionId)).toEqual({ success: 1 });
  });

  test('sent twice, and the first stays', async () => {
    const { actionId, commandId } = await openCommand();
    await toQueue(QUEUE_RESULTS, answer(commandId));
    await waitForEnd(platform, actionId);
    await toQueue(QUEUE_RESULTS, answer(commandId, { status: 'failed', results: [] }));
    await expectServing();
    expect(await commandsByStatus(platform, actionId)).toEqual({ success: 1 });
  });

  test('with \\u0000, which is stored as NULL', async () => {
    const { actionId, commandId } = await openCommand();
    await toQueue(
      QUEUE_RESULTS,
      answer(commandId, { results: [{ ...RESULT, elements: { 'a\u0000b': 'c\u0000d \\u0000' } }] }),
    );
    await waitForEnd(platform, actionId);
    const { rows } = await platform.pool.query(
      `SELECT results->0->'elements'->>'aNULLb' AS text FROM commands WHERE id = $1`,
      [commandId],
    );
    expect(rows[0].text).toBe('cNULLd \\u0000');
  });

  test('too large', async () => {
    await toQueue(QUEUE_RESULTS, Buffer.alloc(MAX_RESULT_BYTES + 1, '{'));
    await expectRejected('result_too_large');
    await expectServing();
  });

  test('not JSON, not UTF-8, or of another shape', async () => {
    for (const body of [
      '{"id":',
      Buffer.from([0xff, 0xfe]),
      '{"id":"x"}',
      '[]',
      '{"id":5,"agent":{"queueloc":"a"},"status":"great"}',
    ]) {
      await toQueue(QUEUE_RESULTS, body);
    }
    await expectRejected('result_malformed');
    await expectServing();
  });

  test('of an id that no database can hold', async () => {
    await toQueue(QUEUE_RESULTS, `{"id":1e300,"agent":{"queueloc":"a"},"status":"success","results":[]}`);
    await expectRejected('result_malformed');
    await expectServing();
  });
});

test('a late answer replaces expired', async () => {
  const actionId = await postAction(platform.api, {
    target: `name='handmade'`,
    expireAfterMs: Date.now() + 1500,
  });
  await waitForEnd(platform, actionId);
  expect(await commandsByStatus(platform, actionId)).toEqual({ expired: 1 });
  const { rows } = await platform.pool.query('SELECT id FROM commands WHERE actionid = $1', [actionId]);
  await toQueue(QUEUE_RESULTS, answer(rows[0].id));
  await waitFor('the late answer', async () => (await commandsByStatus(platform, actionId)).success === 1);
  await toQueue(QUEUE_RESULTS, answer(rows[0].id, { status: 'failed' }));
  await expectServing();
  expect(await commandsByStatus(platform, actionId)).toEqual({ success: 1 });
});

describe('a heartbeat', () => {
  test('that is malformed, without a time, too large or names another queue is recorded and dropped', async () => {
    await toQueue(QUEUE_HEARTBEATS, 'no json');
    await toQueue(QUEUE_HEARTBEATS, Buffer.alloc(200_000, 'x'));
    await heartbeat({ name: 'timeless', heartbeatts: '0001-01-01T00:00:00Z' });
    await heartbeat({ name: 'badqueue', queueloc: '#.*' });
    await heartbeat({ name: 'badmode', mode: 'sleeping' });
    // An offset leads to a year that a time cannot have, or that Postgres does not accept.
    for (const time of ['9999-12-31T23:59:59-23:00', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:00']) {
      await heartbeat({ name: 'badtime', refreshts: time });
      await heartbeat({ name: 'badtime', heartbeatts: time });
    }
    await waitFor('rejections', async () => {
      const { rows } = await platform.pool.query(
        `SELECT count(*) AS count FROM rejections WHERE code = 'heartbeat_invalid'`,
      );
      return rows[0].count >= 11;
    });
    for (const name of ['timeless', 'badqueue', 'badmode', 'badtime'])
      expect(await agentsNamed(name)).toEqual([]);
    await expectServing();
  });

  test('updates the agent’s own facts only when its refresh time has advanced', async () => {
    const queueloc = 'linux.refreshing.1';
    const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
    await heartbeat({ name: 'one', queueloc, refreshts: at(10), tags: { v: 'old' } });
    await waitFor('first', async () => (await agentsNamed('one')).length === 1);
    await heartbeat({ name: 'stale', queueloc, refreshts: at(5), tags: { v: 'stale' } });
    await heartbeat({ name: 'two', queueloc, refreshts: at(20), tags: { v: 'new' } });
    const [row] = await waitFor('second', async () => {
      const rows = await agentsNamed('two');
      return rows.length === 1 && rows;
    });
    expect(JSON.parse(row.tags)).toEqual({ v: 'new' });
    expect(await agentsNamed('stale')).toEqual([]);
  });

  test('does not revive an agent that was destroyed', async () => {
    await heartbeat({ name: 'zombie', queueloc: 'linux.zombie.1' });
    await waitFor('registration', async () => (await agentsNamed('zombie')).length === 1);
    await platform.pool.query(
      `UPDATE agents SET status = 'destroyed', heartbeattime = '2020-01-01' WHERE name = 'zombie'`,
    );
    await heartbeat({ name: 'zombie', queueloc: 'linux.zombie.1' });
    await waitFor('heartbeat', async () => (await agentsNamed('zombie'))[0].heartbeattime > '2021');
    expect((await agentsNamed('zombie'))[0].status).toBe('destroyed');
  });
});

test('a command that found no queue is re-sent at the next heartbeat of its agent', async () => {
  const queueloc = 'linux.latecomer.1';
  await heartbeat({ name: 'latecomer', queueloc });
  await waitFor('registration', async () => (await agentsNamed('latecomer')).length === 1);
  const actionId = await postAction(platform.api, { target: `name='latecomer'` });
  await waitFor('the end of dispatch', async () => {
    const handle = await startedWorkflow(platform.temporal, actionId);
    return (await handle.query(progressQuery)).step === 'awaiting results';
  });
  await agent.channel.assertQueue(`mig.agt.${queueloc}`, { durable: true });
  await agent.channel.bindQueue(`mig.agt.${queueloc}`, 'toagents', `mig.agt.${queueloc}`);
  const { rows } = await platform.pool.query('SELECT id, publishedat FROM commands WHERE actionid = $1', [
    actionId,
  ]);
  expect(rows[0].publishedat).toBeNull();
  await heartbeat({ name: 'latecomer', queueloc });
  const message = await waitFor('the command', async () =>
    agent.channel.get(`mig.agt.${queueloc}`, { noAck: true }),
  );
  expect(JSON.parse(message.content.toString()).id).toBe(rows[0].id);
  await toQueue(QUEUE_RESULTS, answer(rows[0].id, { agent: { queueloc } }));
  expect((await waitForEnd(platform, actionId)).status).toBe('completed');
});

test('a full queue delays no other endpoint, and its command is re-sent after half a minute or more', async () => {
  await using scheduler = await openRelayClient(platform.slot, 'scheduler');
  const [full, other] = ['linux.full.1', 'linux.beside.1'];
  for (const [index, queueloc] of [full, other].entries()) {
    await heartbeat({ name: `filled-${index}`, queueloc });
    await agent.channel.assertQueue(`mig.agt.${queueloc}`, { durable: true });
    await agent.channel.bindQueue(`mig.agt.${queueloc}`, 'toagents', `mig.agt.${queueloc}`);
  }
  await waitFor('registration', async () => (await agentsNamed('filled-1')).length === 1);
  const body = Buffer.alloc(1024 * 1024);
  await waitFor('a full queue', async () => (await scheduler.sendCommand(full, body)) === 'refused');
  const actionId = await postAction(platform.api, { target: `name LIKE 'filled-%'` });
  const take = (queueloc: string) =>
    waitFor(`the command of ${queueloc}`, () => agent.channel.get(`mig.agt.${queueloc}`, { noAck: true }));
  const command = JSON.parse((await take(other)).content.toString());
  expect(command.action.id).toBe(actionId);
  await waitFor('the end of dispatch', async () => {
    const handle = await startedWorkflow(platform.temporal, actionId);
    return (await handle.query(progressQuery)).step === 'awaiting results';
  });
  const refused = async () => {
    const text = 'SELECT id, publishedat, takenat FROM commands WHERE actionid = $1 AND queueloc = $2';
    return (await platform.pool.query(text, [actionId, full])).rows[0];
  };
  expect(await refused()).toMatchObject({ publishedat: null, takenat: expect.anything() });
  await agent.channel.purgeQueue(`mig.agt.${full}`);
  await heartbeat({ name: 'filled-0', queueloc: full });
  await heartbeat({ name: 'seen-after', queueloc: 'linux.seen.1' });
  await waitFor('the heartbeats', async () => (await agentsNamed('seen-after')).length === 1);
  expect((await refused()).publishedat).toBeNull();
  const past = `UPDATE commands SET takenat = takenat - interval '31 seconds' WHERE actionid = $1`;
  await platform.pool.query(past, [actionId]);
  await heartbeat({ name: 'filled-0', queueloc: full });
  const late = JSON.parse((await take(full)).content.toString());
  for (const [id, queueloc] of [
    [command.id, other],
    [late.id, full],
  ] as const) {
    await toQueue(QUEUE_RESULTS, answer(id, { agent: { queueloc } }));
  }
  expect((await waitForEnd(platform, actionId)).status).toBe('completed');
});

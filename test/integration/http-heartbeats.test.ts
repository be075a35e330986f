import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { declareAgentQueue } from '../../platform/rabbitmq/topology.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { apiConfig, log, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let relay: RelayClient;

beforeAll(async () => {
  platform = await openPlatform();
  relay = await openRelayClient(platform.slot, 'agent');
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

const sample = JSON.parse(
  readFileSync(new URL('../fixtures/samples/api-heartbeat-post.json', import.meta.url), 'utf8'),
);
/** A heartbeat as MIG's agent posts it, of a new agent. */
const heartbeatOf = (changes: Record<string, unknown>) =>
  JSON.stringify({
    ...JSON.parse(sample.curl_args.replace(/^-d /, '')),
    startTime: new Date().toISOString(),
    ...changes,
  });
const post = async (body: string, url = platform.apiUrl) => {
  const response = await fetch(`${url}/heartbeat`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
};
const TAKEN = { status: 200, text: '{"error":null}\n' };
const agentsAt = async (queueloc: string) =>
  (await platform.pool.query('SELECT * FROM agents WHERE queueloc = $1 ORDER BY pid', [queueloc])).rows;
const newcomersAt = async (queueloc: string) =>
  (await platform.pool.query('SELECT pid, checks FROM newcomers WHERE queueloc = $1', [queueloc])).rows;
let lastAgent = 0;
const newQueueloc = (rest = 'x') => `linux.${rest}${++lastAgent}`;

describe('where they are not configured', () => {
  test('every heartbeat is refused in MIG’s shape and nothing is stored; reading routes remain', async () => {
    const config = apiConfig(platform.slot, { httpHeartbeats: false });
    await using off = await startApi({ log, config });
    const queueLoc = newQueueloc();
    for (const body of [heartbeatOf({ queueLoc }), '', '{', 'x'.repeat(200_000)]) {
      const { status, text } = await post(body, off.url);
      expect({ status, error: JSON.parse(text) }).toEqual({
        status: 403,
        error: { error: 'heartbeats by HTTP are not accepted here' },
      });
    }
    expect(await newcomersAt(queueLoc)).toEqual([]);
    expect((await fetch(`${off.url}/heartbeat`)).status).toBe(200);
    expect(await (await fetch(`${off.url}/ip`)).text()).toBe('127.0.0.1');
  });
});

describe('where they are configured', () => {
  test('an agent whose queue is on the relay is online, with its own facts', async () => {
    const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/);
    await fc.assert(
      fc.asyncProperty(names, fc.nat(2_147_483_646), async (rest, pid) => {
        const queueLoc = newQueueloc(rest);
        await declareAgentQueue(relay.channel, queueLoc);
        expect(await post(heartbeatOf({ queueLoc, pid: pid + 1 }))).toEqual(TAKEN);
        const [row] = await waitFor('the agent', async () => {
          const rows = await agentsAt(queueLoc);
          return rows.length > 0 ? rows : undefined;
        });
        expect(row).toMatchObject({ name: 'vm', pid: pid + 1, status: 'online', os: 'linux' });
        expect(JSON.parse(row.tags)).toEqual({ operator: 'peer' });
        expect(await newcomersAt(queueLoc)).toEqual([]);
      }),
      { numRuns: 15 },
    );
  });

  test('a newcomer is not an agent before its queue has been found', async () => {
    const queueLoc = newQueueloc();
    expect(await post(heartbeatOf({ queueLoc }))).toEqual(TAKEN);
    await waitFor('the first check', async () => (await newcomersAt(queueLoc))[0]?.checks > 0);
    expect(await agentsAt(queueLoc)).toEqual([]);
    await declareAgentQueue(relay.channel, queueLoc);
    await waitFor('the agent', async () => (await agentsAt(queueLoc))[0]?.status === 'online');
  });

  test('a newcomer whose queue never appears is dropped', async () => {
    const queueLoc = newQueueloc();
    await post(heartbeatOf({ queueLoc }));
    await waitFor('the first check', async () => (await newcomersAt(queueLoc))[0]?.checks > 0);
    await platform.pool.query('UPDATE newcomers SET checks = 6, checkat = now() WHERE queueloc = $1', [
      queueLoc,
    ]);
    await post(heartbeatOf({ queueLoc: newQueueloc() }));
    await waitFor('its end', async () => (await newcomersAt(queueLoc)).length === 0);
    expect(await agentsAt(queueLoc)).toEqual([]);
  });

  test('a known agent is refreshed at once; offline and destroyed ones are not revived from outside', async () => {
    for (const [status, after] of [
      ['online', 'online'],
      ['idle', 'online'],
      ['offline', 'offline'],
      ['destroyed', 'destroyed'],
      ['upgraded', 'upgraded'],
    ]) {
      const queueLoc = newQueueloc();
      await platform.pool.query(
        `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
         VALUES ('vm', $1, 'daemon', '0.unversioned', 10109, now(), '2000-01-01', now(), $2, '{}', '{}')`,
        [queueLoc, status],
      );
      expect(await post(heartbeatOf({ queueLoc, pid: 10_109 }))).toEqual(TAKEN);
      const isKnown = after === 'online';
      if (!isKnown) {
        await waitFor('the first check', async () => (await newcomersAt(queueLoc))[0]?.checks > 0);
      }
      const [row, ...others] = await agentsAt(queueLoc);
      expect(others).toEqual([]);
      expect(row.status).toBe(after);
      expect(row.heartbeattime > '2001').toBe(isKnown);
    }
  });

  test('a bad heartbeat is refused in MIG’s words', async () => {
    const missing = await post(JSON.stringify({ name: 'x', startTime: new Date().toISOString() }));
    expect(missing.status).toBe(400);
    expect(JSON.parse(missing.text).error).toContain(
      'Missing fields in request body: missing field(s): mode, version, pid',
    );
    expect((await post('{')).status).toBe(400);
    expect((await post('x'.repeat(200_000))).status).toBe(413);
  });

  test('too many newcomers are refused with a time to retry', async () => {
    await using crowded = await openPlatform({ worker: false });
    await crowded.pool.query(
      `INSERT INTO newcomers (queueloc, pid, body) SELECT 'linux.' || n, n, '{}' FROM generate_series(1, 2000) AS n`,
    );
    const { status, text } = await post(heartbeatOf({ queueLoc: newQueueloc() }), crowded.apiUrl);
    expect({ status, ...JSON.parse(text) }).toEqual({
      status: 503,
      error: 'too many agents register at this time',
    });
  });

  test('an agent that registered while no worker ran is found when one starts, also among many others', async () => {
    await using later = await openPlatform({ worker: false });
    await using _topology = await openRelayClient(later.slot, 'scheduler');
    await using client = await openRelayClient(later.slot, 'agent');
    const queueLoc = newQueueloc();
    await declareAgentQueue(client.channel, queueLoc);
    await declareAgentQueue(client.channel, 'linux.bad');
    await later.pool.query(
      `INSERT INTO newcomers (queueloc, pid, body) VALUES ('linux.bad', 1, '{"name":1e999}')`,
    );
    expect(await post(heartbeatOf({ queueLoc }), later.apiUrl)).toEqual(TAKEN);
    await using _worker = await startWorker({ config: later.workerConfig, log });
    await waitFor('nobody waits', async () => {
      const { rows } = await later.pool.query('SELECT count(*) AS count FROM newcomers');
      return rows[0].count === 0;
    });
    const { rows } = await later.pool.query('SELECT queueloc, status FROM agents');
    expect(rows).toEqual([{ queueloc: queueLoc, status: 'online' }]);
  });
});

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startActionEvents } from '../../api/progress/action-events.ts';
import { loadProgress } from '../../api/progress/load-progress.ts';
import { createProgressFeed } from '../../api/progress/progress-feed.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { notifyActions } from '../../platform/postgres/queries/actions/actions.ts';
import { log, openPlatform, type Platform, startApiProcess } from '../setup/platform.ts';

const AGENTS = 3000;
const RESULT_BYTES = 1024 * 1024;
const COMMANDS = 200;
const ACTION = 4711;

let platform: Platform;
let api: ApiCaller;
/** Lists and ends the sessions of other roles. */
let superuser: pg.Client;
const SEARCH_SESSIONS = `FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mig api search'`;

beforeAll(async () => {
  platform = await openPlatform({ worker: false, api: { stalledClientMs: 1500 } });
  api = platform.api;
  superuser = new pg.Client({ connectionString: platform.slot.services.postgres.superuserUrl });
  await superuser.connect();
  platform.defer(() => superuser.end());
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'many-' || n, 'linux.many.' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
     FROM generate_series(1, ${AGENTS}) n`,
  );
  await platform.pool.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, starttime, finishtime,
       lastupdatetime, status, syntaxversion, pgpsignatures, resolvedat)
     VALUES (${ACTION}, 'large', 'true', '{}', '{}', '[]', now(), now() + interval '1 hour', now(), now(), now(), 'inflight',
       2, '[]', now())`,
  );
  await platform.pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime, finishtime, results)
     SELECT ${ACTION}, id, queueloc, 'success', now(), now(),
       json_build_array(json_build_object('foundanything', true, 'elements', repeat('x', ${RESULT_BYTES})))
     FROM (SELECT id, queueloc FROM agents WHERE name LIKE 'many-%' ORDER BY id LIMIT ${COMMANDS}) chosen`,
  );
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const searchUrl = (query: string) => `${platform.apiUrl}/search?${query}`;
const headers = async (caller = api) => ({ 'X-PGPAUTHORIZATION': await caller.token() });
const LARGE = `type=command&actionid=${ACTION}&limit=1000000`;

describe('long answers', () => {
  test('a million records may be requested at once, and all are returned', async () => {
    const answer = await api.get('/search?type=agent&agentname=many-%25&limit=1000000');
    const items = answer.body.collection.items as { data: { name: string; value: { name: string } }[] }[];
    const names = items.flatMap(({ data }) => (data[0]?.name === 'agent' ? [data[0].value.name] : []));
    expect(new Set(names).size).toBe(AGENTS);
    expect(names.length).toBe(AGENTS);
    expect(items.at(-1)?.data[0]?.name).toBe('search parameters');
  });

  test('an answer larger than the memory of the API passes through it', async () => {
    await using process = await startApiProcess(platform, ['--max-old-space-size=128']);
    const response = await fetch(`${process.url}/search?${LARGE}`, { headers: await headers() });
    let bytes = 0;
    let tail = '';
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      tail = (tail + Buffer.from(chunk.subarray(-200)).toString('latin1')).slice(-200);
    }
    expect(bytes).toBeGreaterThan(COMMANDS * RESULT_BYTES);
    expect(tail).toMatch(/"template":\{\},"error":\{\}\}\}$/);
  });

  test('a response that the database interrupts never looks complete', async () => {
    const response = await fetch(searchUrl(LARGE), { headers: await headers() });
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await superuser.query(`SELECT pg_terminate_backend(pid) ${SEARCH_SESSIONS}`, [platform.slot.name]);
    const drain = async () => {
      for (;;) if ((await reader.read()).done) return;
    };
    await expect(drain()).rejects.toThrow();
    expect((await api.get('/search?type=agent&agentname=many-1')).status).toBe(200);
  });

  test('a response ends when its investigator is disabled, and never looks complete', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const setStatus = (status: string) =>
      platform.pool.query('UPDATE investigators SET status = $1 WHERE pgpfingerprint = $2', [
        status,
        platform.people.john.fingerprint,
      ]);
    const response = await fetch(searchUrl(LARGE), { headers: await headers(john) });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await setStatus('disabled');
    // The longest time that a stream goes on after its reader has lost a permission.
    await sleep(1_100);
    let bytes = 0;
    const drain = async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        bytes += value.length;
      }
    };
    await expect(drain()).rejects.toThrow();
    await setStatus('active');
    expect(bytes).toBeLessThan((COMMANDS * RESULT_BYTES) / 4);
  });

  test('clients that never read their responses delay no others, and their searches end', async () => {
    const { host, pathname } = new URL(searchUrl(LARGE));
    const token = await api.token();
    const [hostname = '', port = ''] = host.split(':');
    const sockets = Array.from({ length: 8 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.pause();
      socket.write(
        `GET ${pathname}?${LARGE} HTTP/1.1\r\nHost: ${host}\r\nX-PGPAUTHORIZATION: ${token}\r\n\r\n`,
      );
      return socket;
    });
    const reading = async () => {
      const text = `SELECT count(*)::int AS count ${SEARCH_SESSIONS} AND state <> 'idle'`;
      const { rows } = await superuser.query(text, [platform.slot.name]);
      return rows[0].count as number;
    };
    await waitFor('eight searches', async () => (await reading()) === 8);
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    expect((await john.get('/search?type=agent&agentname=many-1')).status).toBe(200);
    expect((await api.get('/dashboard')).status).toBe(200);
    await waitFor('their end', async () => (await reading()) === 0);
    for (const socket of sockets) socket.destroy();
  });
});

describe('event streams', () => {
  const eventsUrl = () => `${platform.apiUrl}/action/events?actionid=${ACTION}`;

  test('100 followers of one action cost one query per change', async () => {
    await using events = startActionEvents({ url: platform.slot.urlOf('migapi', platform.slot.name), log });
    let loads = 0;
    const feed = createProgressFeed({
      events,
      log,
      load: (id) => {
        loads++;
        return loadProgress(platform.pool, id);
      },
    });
    const seen = Array.from({ length: 100 }, () => [] as (string | undefined)[]);
    const stops = seen.map((list) => feed.subscribe(ACTION, (snapshot) => list.push(snapshot?.text)));
    await waitFor('the first snapshot', () => seen.every((list) => list.length > 0));
    const before = loads;
    const heard = (seen[0] as unknown[]).length;
    await waitFor('the listener', async () => {
      await notifyActions(platform.pool, [ACTION]);
      return (seen[0] as unknown[]).length > heard;
    });
    await waitFor('everybody', () => seen.every((list) => list.length === seen[0]?.length));
    expect(loads - before).toBe((seen[0] as unknown[]).length - heard);
    expect(loads).toBeLessThan(10);
    for (const stop of stops) stop();
  });

  test('a stream ends within moments when its investigator loses the right to read', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const response = await fetch(eventsUrl(), { headers: await headers(john) });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    const read = async (until: RegExp) => {
      while (!until.test(text)) {
        const { done, value } = await reader.read();
        if (done) return;
        text += Buffer.from(value).toString();
      }
    };
    await read(/event: progress/);
    const fingerprint = platform.people.john.fingerprint;
    await platform.pool.query(`UPDATE investigators SET status = 'disabled' WHERE pgpfingerprint = $1`, [
      fingerprint,
    ]);
    // The stream checks at each change.
    await waitFor('the end', async () => {
      await notifyActions(platform.pool, [ACTION]);
      await Promise.race([read(/event: end/), sleep(100)]);
      return /event: end/.test(text);
    });
    expect(text).toContain('you may not read actions any more');
    await platform.pool.query(`UPDATE investigators SET status = 'active' WHERE pgpfingerprint = $1`, [
      fingerprint,
    ]);
  });

  test('each investigator may have 20 streams', async () => {
    const abort = new AbortController();
    const open = async (caller: ApiCaller) =>
      fetch(eventsUrl(), { headers: await headers(caller), signal: abort.signal });
    const mine = await Promise.all(Array.from({ length: 20 }, () => open(api)));
    expect(mine.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const refused = await open(api);
    expect(refused.status).toBe(503);
    expect(
      ((await refused.json()) as { collection: { error: { code: string } } }).collection.error.code,
    ).toBe('overloaded');
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    expect((await open(john)).status).toBe(200);
    abort.abort();
    await waitFor('a place that was given back', async () => {
      const again = new AbortController();
      const { status } = await fetch(eventsUrl(), { headers: await headers(), signal: again.signal });
      again.abort();
      return status === 200;
    });
  });
});

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { createClient } from '../../client/client.ts';
import { getDashboard } from '../../contract/api/service.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller, signedAction } from '../../dev/api-caller.ts';
import { createSigner } from '../../platform/openpgp/sign.ts';
import { apiConfig, log, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
beforeEach(() => platform.pool.query('DELETE FROM sessions'));
afterAll(() => platform?.[Symbol.asyncDispose]());

const firstValue = (answer: ApiAnswer) => answer.body.collection.items[0].data[0].value;
const open = async (caller = api): Promise<string> =>
  firstValue(await caller.send('/session/', { method: 'POST' })).token;
const count = async (table: string): Promise<number> =>
  (await platform.pool.query(`SELECT count(*) AS count FROM ${table}`)).rows[0].count;
/** Sends a request with these headers and no token. */
async function withHeaders(headers: Record<string, string>, path = '/dashboard', init: RequestInit = {}) {
  const response = await fetch(`${platform.apiUrl}${path}`, { ...init, headers });
  return { status: response.status, text: await response.text() };
}
const withSession = (token: string, path?: string, init?: RequestInit) =>
  withHeaders({ Authorization: `Bearer ${token}` }, path, init);

describe('a session', () => {
  test('is opened with one token, authorizes every request, and only its digest is stored', async () => {
    const answer = await api.send('/session/', { method: 'POST' });
    expect({ status: answer.status, cache: answer.headers.get('Cache-Control') }).toEqual({
      status: 201,
      cache: 'no-store',
    });
    const { token, expiresat } = firstValue(answer);
    expect(token).toMatch(/^mig-session-[A-Za-z0-9_-]{43}$/);
    const lifeMs = Date.parse(expiresat) - Date.now();
    expect(lifeMs).toBeGreaterThan(800_000);
    expect(lifeMs).toBeLessThanOrEqual(900_000);
    for (const path of ['/dashboard', '/search?type=investigator', '/agent?agentid=1']) {
      expect([200, 404]).toContain((await withSession(token, path)).status);
    }
    const { rows } = await platform.pool.query('SELECT digest FROM sessions');
    expect(rows).toEqual([{ digest: createHash('sha256').update(token).digest() }]);
  });

  test('has the permissions of its investigator, as to create actions', async () => {
    const token = await open();
    const response = await fetch(`${platform.apiUrl}/action/create/`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: new URLSearchParams({ action: await signedAction([api.key]) }),
    });
    expect(response.status).toBe(202);
  });

  test('opens no other session', async () => {
    const token = await open();
    expect((await withSession(token, '/session/', { method: 'POST' })).status).toBe(401);
    expect(await count('sessions')).toBe(1);
  });

  test('ends when its owner ends it, and no other session does', async () => {
    const [first, second] = [await open(), await open()];
    expect((await withSession(first, '/session/', { method: 'DELETE' })).status).toBe(200);
    expect((await withSession(first)).status).toBe(401);
    expect((await withSession(first, '/session/', { method: 'DELETE' })).status).toBe(401);
    expect((await withSession(second)).status).toBe(200);
  });

  test('expires, and is removed when another one is opened', async () => {
    const token = await open();
    await platform.pool.query('UPDATE sessions SET expiresat = now()');
    expect((await withSession(token)).status).toBe(401);
    const other = await createApiCaller(platform.apiUrl, platform.people.john);
    await open(other);
    expect(await count('sessions')).toBe(1);
  });

  test('has the current permissions of its investigator', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const token = await open(john);
    expect((await withSession(token)).status).toBe(200);
    const { rows } = await platform.pool.query(
      'SELECT id, permissions FROM investigators WHERE pgpfingerprint = $1',
      [john.key.getFingerprint().toUpperCase()],
    );
    const { id, permissions } = rows[0];
    await platform.pool.query('UPDATE investigators SET permissions = 0 WHERE id = $1', [id]);
    expect((await withSession(token)).status).toBe(401);
    await platform.pool.query(
      `UPDATE investigators SET permissions = $2, status = 'disabled' WHERE id = $1`,
      [id, permissions],
    );
    expect((await withSession(token)).status).toBe(401);
    await platform.pool.query(`UPDATE investigators SET status = 'active' WHERE id = $1`, [id]);
    expect((await withSession(token)).status).toBe(200);
  });

  test('ends as the oldest of 100 when its investigator opens another', async () => {
    const oldest = await open();
    await platform.pool.query(
      `INSERT INTO sessions (digest, investigatorid, createdat, expiresat)
       SELECT sha256(n::text::bytea), investigatorid, now() + n * interval '1 millisecond', expiresat
       FROM sessions, generate_series(1, 150) AS n`,
    );
    const newest = await open();
    expect(await count('sessions')).toBe(100);
    expect((await withSession(oldest)).status).toBe(401);
    expect((await withSession(newest)).status).toBe(200);
  });

  test('cannot be guessed, and any other text in its place is refused', async () => {
    const token = await open();
    const change = (at: number, by: string) => token.slice(0, at) + by + token.slice(at + 1);
    const near = fc
      .tuple(fc.nat(token.length - 2), fc.constantFrom('A', 'b', '-', '=', ' '))
      .map(([at, by]) => change(at, by));
    const printable = fc.stringMatching(/^[ -~]{0,200}$/);
    const tokens = fc.oneof(
      near,
      printable,
      printable.map((text) => `mig-session-${text}`),
    );
    await fc.assert(
      fc.asyncProperty(tokens, async (text) => {
        fc.pre(text.trim() !== token);
        expect((await withSession(text)).status).toBe(401);
      }),
      { numRuns: 60 },
    );
  });

  test('is refused by name where sessions are switched off', async () => {
    const token = await open();
    await using off = await startApi({ log, config: apiConfig(platform.slot, { sessionMs: 0 }) });
    const caller = await createApiCaller(off.url, platform.people.bob);
    const answer = await caller.send('/session/', { method: 'POST' });
    expect({ status: answer.status, code: answer.body.collection.error.code }).toEqual({
      status: 403,
      code: 'forbidden',
    });
    const response = await fetch(`${off.url}/dashboard`, { headers: { Authorization: `Bearer ${token}` } });
    expect(response.status).toBe(401);
  });
});

describe('a token that is bound to its first request', () => {
  test('is valid again only for the same address, in all API processes', async () => {
    const config = apiConfig(platform.slot, { tokenBinding: 'first-request' });
    await using one = await startApi({ log, config });
    await using two = await startApi({ log, config });
    const requests = [
      ['GET', '/dashboard'],
      ['GET', '/search?type=agent'],
      ['GET', '/search?type=investigator'],
      ['POST', '/action/pause/', 'actionid=1'],
      ['POST', '/action/pause/', 'actionid=2'],
      ['POST', '/action/resume/', 'actionid=1'],
      ['POST', '/session/', ''],
    ] as const;
    const send = async (url: string, token: string, [method, path, body]: (typeof requests)[number]) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'X-PGPAUTHORIZATION': token, 'Content-Type': 'application/x-www-form-urlencoded' },
        ...(body ? { body } : {}),
      });
      const text = await response.text();
      return response.status === 401 && text.includes('used for another request') ? 'bound' : 'passed';
    };
    const pair = fc.tuple(fc.constantFrom(...requests), fc.constantFrom(...requests));
    await fc.assert(
      fc.asyncProperty(pair, async ([first, second]) => {
        const token = await api.token();
        expect(await send(one.url, token, first)).toBe('passed');
        expect(await send(two.url, token, first)).toBe('passed');
        expect(await send(two.url, token, second)).toBe(first === second ? 'passed' : 'bound');
      }),
      { numRuns: 25 },
    );
  });

  test('stays bound when its signature is encoded differently', async () => {
    const config = apiConfig(platform.slot, { tokenBinding: 'first-request' });
    await using bound = await startApi({ log, config });
    const token = await api.token();
    const get = (path: string, text: string) =>
      fetch(`${bound.url}${path}`, { headers: { 'X-PGPAUTHORIZATION': text } });
    expect((await get('/dashboard', token)).status).toBe(200);
    const withoutChecksum = token.replace(/=[A-Za-z0-9+/]{4}$/, '');
    expect((await get('/agent?agentid=1', withoutChecksum)).status).toBe(401);
  });

  test('is forgotten when it has expired', async () => {
    const config = apiConfig(platform.slot, { tokenBinding: 'first-request' });
    await using bound = await startApi({ log, config });
    const caller = await createApiCaller(bound.url, platform.people.bob);
    await platform.pool.query(
      `INSERT INTO boundtokens SELECT sha256(n::text::bytea), sha256('x'), now() FROM generate_series(1, 6) AS n`,
    );
    for (let i = 0; i < 3; i++) await caller.get('/dashboard');
    const { rows } = await platform.pool.query(
      'SELECT count(*) AS count FROM boundtokens WHERE expiresat <= now()',
    );
    expect(rows[0].count).toBe(0);
  });
});

describe('the investigator’s tool', () => {
  const clientOf = async (apiUrl: string) =>
    createClient({ url: apiUrl, sign: (await createSigner(api.key.armor())).sign });

  test('signs one token for all its requests, and another when its session has ended', async () => {
    const config = apiConfig(platform.slot, { tokenBinding: 'first-request' });
    await using bound = await startApi({ log, config });
    await platform.pool.query('DELETE FROM boundtokens');
    const client = await clientOf(bound.url);
    for (let i = 0; i < 5; i++) await client.call(getDashboard, {});
    expect([await count('boundtokens'), await count('sessions')]).toEqual([1, 1]);
    await platform.pool.query('DELETE FROM sessions');
    for (let i = 0; i < 5; i++) await client.call(getDashboard, {});
    expect([await count('boundtokens'), await count('sessions')]).toEqual([2, 1]);
  });

  test('signs every request where there are no sessions, as for MIG’s own API', async () => {
    const tokens: unknown[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers['x-pgpauthorization']);
      if (request.url?.endsWith('/session/')) {
        response.writeHead(404).end('404 page not found');
        return;
      }
      response.end('{"collection":{"version":"1.0","href":"x","template":{},"error":{}}}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (let i = 0; i < 3; i++) await client.call(getDashboard, {});
    server.close();
    expect(tokens).toHaveLength(4);
    expect(new Set(tokens).size).toBe(4);
    expect(tokens).not.toContain(undefined);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS, DEFAULT_PERMISSIONS } from '../../contract/permissions.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller, signedAction } from '../../dev/api-caller.ts';
import { auditRows } from '../setup/audit-rows.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { comparable, readSample } from '../setup/samples.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const firstValue = (answer: ApiAnswer) => answer.body.collection.items[0].data[0].value;
const idOf = async (fingerprint: string): Promise<number> =>
  (await platform.pool.query('SELECT id FROM investigators WHERE pgpfingerprint = $1', [fingerprint])).rows[0]
    .id;
const setApiKey = (id: number, apikey: string, caller = api) =>
  caller.form('/investigator/update/', { id: String(id), apikey });
const issue = async (id: number): Promise<string> => firstValue(await setApiKey(id, 'active')).apikey;

async function withKey(key: string, path = '/dashboard', init: RequestInit = {}) {
  const response = await fetch(`${platform.apiUrl}${path}`, {
    ...init,
    headers: { 'X-MIGAPIKEY': key, ...(init.headers as Record<string, string>) },
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

/** A fresh investigator without a public key, so that no test disturbs another. */
async function addInvestigator(permissions = DEFAULT_PERMISSIONS): Promise<number> {
  const { rows } = await platform.pool.query(
    `INSERT INTO investigators (name, status, createdat, lastmodified, permissions)
     VALUES ('Program', 'active', now(), now(), $1)
     RETURNING id`,
    [permissions],
  );
  return rows[0].id;
}

describe('an API key', () => {
  test('is issued in the answer of MIG, and works in MIG’s header', async () => {
    const id = await addInvestigator();
    const answer = await setApiKey(id, 'active');
    const theirs = readSample('api-investigator-update-apikey');
    const secret = /"[A-Za-z0-9]{32}"/g;
    const ours = JSON.parse(
      JSON.stringify(answer.body).replaceAll(`investigatorid=${id}`, 'investigatorid=3'),
    );
    ours.collection.items[0].data[0].name = 'Investigator ID 3';
    ours.collection.items[0].data[0].value.id = 3;
    expect({ status: answer.status, body: comparable(ours, secret) }).toEqual({
      status: theirs.status,
      body: comparable(theirs.body, secret),
    });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const dashboard = await withKey(firstValue(answer).apikey);
    const expected = readSample('api-auth-apikey-good');
    expect(dashboard.status).toBe(expected.status);
    // The recorded platform was empty of agents: its first item has statistics, which come with the first worker here.
    expect(Object.keys(dashboard.body.collection)).toEqual(
      expect.arrayContaining(Object.keys(expected.body.collection).filter((name) => name !== 'items')),
    );
    expect(firstValue(await api.get(`/investigator?investigatorid=${id}`)).apikey).toBe('set');
  });

  test('has the permissions of its investigator, and no others', async () => {
    const id = await addInvestigator();
    const key = await issue(id);
    expect((await withKey(key, '/search?type=agent')).status).toBe(404);
    const refused = await withKey(key, '/investigator?investigatorid=1');
    expect({ status: refused.status, message: refused.body.collection.error.message }).toEqual({
      status: 401,
      message: 'Insufficient permissions to access endpoint (needs investigator)',
    });
  });

  test('posts an action that another investigator signed, but opens no session', async () => {
    const key = await issue(await addInvestigator());
    const body = new URLSearchParams({ action: await signedAction([api.key]) });
    expect((await withKey(key, '/action/create/', { method: 'POST', body })).status).toBe(202);
    expect((await withKey(key, '/session/', { method: 'POST' })).status).toBe(401);
  });

  test('reads to the end of a long answer, although its investigator has no public key', async () => {
    const id = await addInvestigator(ALL_PERMISSIONS);
    const key = await issue(id);
    const found = await withKey(key, '/search?type=investigator&limit=1000');
    expect(found.status).toBe(200);
    expect(found.body.collection.items.length).toBeGreaterThan(2);
  });

  test('is stored as a salted hash, and shows up in no other answer, and in no audit entry', async () => {
    const id = await addInvestigator();
    const key = await issue(id);
    const { rows } = await platform.pool.query(
      'SELECT apikeyprefix, apikey, apisalt FROM investigators WHERE id = $1',
      [id],
    );
    expect(rows[0].apikeyprefix).toBe(key.slice(0, 8));
    expect([rows[0].apikey.length, rows[0].apisalt.length]).toEqual([32, 16]);
    expect(rows[0].apikey.toString('latin1')).not.toContain(key);
    const answers = [
      await api.get(`/investigator?investigatorid=${id}`),
      await api.get(`/search?type=investigator&investigatorid=${id}`),
      await api.get('/audit?limit=200'),
    ];
    for (const { text } of answers) expect(text).not.toContain(key.slice(8));
    const [entry] = await auditRows(platform, `kind = 'investigator_changed' AND objectid = $1`, [id]);
    expect(entry).toMatchObject({ outcome: 'done', isproven: true, detail: { apikey: 'issued' } });
  });

  test('ends when it is replaced, removed, or its investigator is disabled', async () => {
    const id = await addInvestigator();
    const first = await issue(id);
    const second = await issue(id);
    expect([(await withKey(first)).status, (await withKey(second)).status]).toEqual([401, 200]);
    await api.form('/investigator/update/', { id: String(id), status: 'disabled' });
    expect((await withKey(second)).status).toBe(401);
    await api.form('/investigator/update/', { id: String(id), status: 'active' });
    expect((await withKey(second)).status).toBe(200);
    expect(firstValue(await setApiKey(id, 'disabled')).apikey).toBeUndefined();
    expect((await withKey(second)).status).toBe(401);
    expect(firstValue(await api.get(`/investigator?investigatorid=${id}`)).apikey).toBeUndefined();
  });

  test('yields to a token, even to a bad one', async () => {
    const key = await issue(await addInvestigator());
    const headers = { 'X-PGPAUTHORIZATION': '1;x' };
    expect((await withKey(key, '/dashboard', { headers })).status).toBe(401);
  });
});

describe('refusals', () => {
  test('of every wrong key are alike, in the words of MIG', async () => {
    const key = await issue(await addInvestigator());
    const expected = readSample('api-auth-apikey-bad');
    const theirs = expected.body.collection.error.message;
    const at = fc.nat({ max: 31 });
    const char = fc.constantFrom(...'abcXYZ019');
    const wrong = fc.oneof(
      fc.tuple(at, char).map(([i, c]) => key.slice(0, i) + c + key.slice(i + 1)),
      at.map((i) => key.slice(0, i)),
      char.map((c) => key + c),
      fc.stringMatching(/^[A-Za-z0-9]{32}$/),
      fc.stringMatching(/^[\x21-\x7e]{1,64}$/),
      fc.constantFrom('', key.toUpperCase(), key.toLowerCase(), `${key.slice(0, 8)}${'a'.repeat(24)}`),
    );
    const texts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        wrong.filter((text) => text !== key),
        async (text) => {
          const { status, body } = await withKey(text);
          const { code, message } = body.collection.error;
          texts.add(`${status} ${code} ${message}`);
        },
      ),
      { numRuns: 19 },
    );
    expect([...texts]).toEqual([`${expected.status} unauthorized ${theirs}`]);
  });

  test('of many wrong keys from one network become a limit, and the key still works elsewhere', async () => {
    await using proxied = await openPlatform({ worker: false, api: { clientIp: 'x-forwarded-for:0' } });
    const ask = async (address: string) => {
      const response = await fetch(`${proxied.apiUrl}/dashboard`, {
        headers: { 'X-MIGAPIKEY': 'a'.repeat(32), 'X-Forwarded-For': address },
      });
      return response.status;
    };
    for (let i = 0; i < 20; i++) expect(await ask('192.0.2.1')).toBe(401);
    const flood = await Promise.all(Array.from({ length: 60 }, () => ask('192.0.2.1')));
    expect(new Set(flood)).toEqual(new Set([401, 429]));
    expect(await ask('198.51.100.1')).toBe(401);
  });

  test('a caller gets no key to permissions that the caller lacks', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const { rows } = await platform.pool.query(
      `UPDATE investigators SET permissions = permissions | (1 << 18)
       WHERE pgpfingerprint = $1
       RETURNING id, permissions`,
      [platform.people.john.fingerprint],
    );
    const administrator = await idOf(platform.people.bob.fingerprint);
    const refused = await setApiKey(administrator, 'active', john);
    expect({ status: refused.status, code: refused.body.collection.error.code }).toEqual({
      status: 403,
      code: 'forbidden',
    });
    expect((await setApiKey(rows[0].id, 'active', john)).status).toBe(200);
    const stored = await platform.pool.query('SELECT apikey FROM investigators WHERE id = $1', [
      administrator,
    ]);
    expect(stored.rows[0].apikey).toBeNull();
  });

  test('any other value of apikey is refused, and unknown investigators', async () => {
    const id = await addInvestigator();
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ maxLength: 20 })
          .filter((text) => !['active', 'disabled'].includes(text) && !text.includes('\0')),
        async (text) => {
          const { status, body } = await setApiKey(id, text);
          expect(status).toBe(400);
          expect(body.collection.error.message).toContain('apikey');
        },
      ),
      { numRuns: 25 },
    );
    expect((await setApiKey(987_654, 'active')).status).toBe(404);
  });
});

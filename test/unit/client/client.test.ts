import { inspect } from 'node:util';
import { createMessage, generateKey, readSignature, sign as signMessage } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { type Client, createClient, errorCode, ROUTES } from '../../../client/client.ts';
import { decodeSignature } from '../../../platform/openpgp/armor.ts';
import { openHttpRecorder } from '../../setup/http-recorder.ts';

const collection = (items: [name: string, value: unknown][], error: object = {}) =>
  JSON.stringify({
    collection: {
      version: '1.0',
      href: '',
      items: items.map(([name, value]) => ({ href: '', data: [{ name, value }] })),
      template: {},
      error,
    },
  });
const ACTION = {
  id: 7,
  name: 'find it',
  target: 'true',
  validfrom: '2026-12-01T00:00:00Z',
  expireafter: '2026-12-02T00:00:00Z',
};
const outcomeOf = (request: Promise<unknown>): Promise<string> =>
  request.then(
    () => 'answered',
    (error: unknown) => errorCode(error),
  );

describe('a call', () => {
  test('sends the parameters as the route says, with the API key, and returns the items by their keys', async () => {
    const body = collection([['action ID 7', ACTION]]);
    await using server = await openHttpRecorder(() => ({ status: 202, body }));
    const client = createClient({ url: server.url, apiKey: 'secret' });
    const { action } = await client.call(ROUTES.createAction, { action: '{}' }, { idempotencyKey: 'k' });
    expect(action).toMatchObject({ id: 7, name: 'find it' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/action/create/', body: 'action=%7B%7D' });
    expect(request?.headers).toMatchObject({ 'x-migapikey': 'secret', 'idempotency-key': 'k' });
  });

  test('throws the code of the API, that of the status of MIG’s own API, and not_found for any 404', async () => {
    const answers = new Map([
      ['/dashboard', { status: 403, body: collection([], { code: 'forbidden', message: 'no' }) }],
      ['/modules', { status: 401, body: collection([], { code: 12345, message: 'no' }) }],
      ['/sweep/list', { status: 404, body: '404 page not found' }],
      ['/acl', { status: 200, body: '<html>' }],
      ['/agent?agentid=1', { status: 200, body: collection([['agent', { id: 'one' }]]) }],
    ]);
    await using server = await openHttpRecorder(({ path }) => answers.get(path));
    const client = createClient({ url: server.url, apiKey: 'secret' });
    expect(await outcomeOf(client.call(ROUTES.getDashboard, {}))).toBe('forbidden');
    expect(await outcomeOf(client.call(ROUTES.listModules, {}))).toBe('unauthorized');
    expect(await outcomeOf(client.call(ROUTES.listSweeps, {}))).toBe('not_found');
    expect(await outcomeOf(client.call(ROUTES.getAcl, {}))).toBe('unavailable');
    expect(await outcomeOf(client.call(ROUTES.getAgent, { agentid: 1 }))).toBe('unavailable');
  });

  test('refuses an answer that is too large, without reading the rest, and does not ask again', async () => {
    await using server = await openHttpRecorder(({ path }) =>
      path === '/ip' ? { status: 200, body: 'x' } : { status: 200, body: 'x'.repeat(2000) },
    );
    const client = createClient({ url: server.url, apiKey: 'secret', maxAnswerBytes: 1000 });
    expect(await client.call(ROUTES.getIp, {})).toBe('x');
    expect(await outcomeOf(client.call(ROUTES.getReference, {}))).toBe('body_too_large');
    expect(server.requests).toHaveLength(2);
  });

  test('sends no credentials to where an API redirects', async () => {
    await using elsewhere = await openHttpRecorder();
    await using server = await openHttpRecorder(() => ({
      status: 307,
      headers: { Location: `${elsewhere.url}/dashboard` },
    }));
    const client = createClient({ url: server.url, apiKey: 'secret' });
    const refused = client.call(ROUTES.getDashboard, {});
    await expect(refused).rejects.toThrow(
      `answered 307 with something other than its envelope, and redirects to`,
    );
    expect(await outcomeOf(refused)).toBe('unavailable');
    expect(elsewhere.requests).toEqual([]);
  });

  test('does not take a redirect for an outage, which is waited out', async () => {
    await using server = await openHttpRecorder(({ path }) =>
      path === '/ip' ? { status: 200, body: 'mine' } : { status: 301, headers: { Location: '/login' } },
    );
    const client = createClient({ url: server.url, apiKey: 'secret' });
    expect(await client.call(ROUTES.getIp, {})).toBe('mine');
    expect(await outcomeOf(client.call(ROUTES.getDashboard, {}))).toBe('unavailable');
    const progress = client.streamProgress(7, new AbortController().signal).next();
    expect(await outcomeOf(progress)).toBe('unavailable');
  });
});

describe('a search', () => {
  const record = (id: number): [string, unknown] => ['action', { ...ACTION, id }];
  const echo: [string, unknown] = ['search parameters', {}];

  async function found(pages: { status: number; body: string }[], max?: number) {
    await using server = await openHttpRecorder(() => pages.shift() ?? { status: 500 });
    const client = createClient({ url: server.url, apiKey: 'secret' });
    return { ids: await idsOf(client, max), paths: server.requests.map(({ path }) => path) };
  }

  async function idsOf(client: Client, max?: number): Promise<number[]> {
    const ids: number[] = [];
    for await (const { id } of client.search('action', { status: 'success' }, { max })) ids.push(id);
    return ids;
  }

  test('reads page after page, and no more than was asked for', async () => {
    const full = Array.from({ length: 200 }, (_, index) => record(index));
    const pages = () => [
      { status: 200, body: collection([...full, echo]) },
      { status: 200, body: collection([record(200), echo]) },
    ];
    const all = await found(pages());
    expect([all.ids.length, all.ids.at(-1)]).toEqual([201, 200]);
    expect(all.paths).toEqual([
      '/search?status=success&type=action&limit=200&offset=0',
      '/search?status=success&type=action&limit=200&offset=200',
    ]);
    expect(await found(pages(), 3)).toEqual({
      ids: [0, 1, 2],
      paths: ['/search?status=success&type=action&limit=3&offset=0'],
    });
  });

  test('asks for fewer records at a time when a page is too large, and gives up when one record is', async () => {
    const sizes = [300, 100, 100, 9_000, 200, 50, 100];
    await using server = await openHttpRecorder(({ path }) => {
      const { searchParams } = new URL(path, server.url);
      const offset = Number(searchParams.get('offset'));
      const page = sizes.slice(offset, offset + Number(searchParams.get('limit')));
      const padded = page.map((size, at): [string, unknown] => [
        'action',
        { ...ACTION, id: offset + at, name: 'x'.repeat(size) },
      ]);
      return { status: 200, body: collection([...padded, echo]) };
    });
    const open = (maxAnswerBytes: number) =>
      createClient({ url: server.url, apiKey: 'secret', maxAnswerBytes });
    expect(await idsOf(open(10_000))).toEqual([...sizes.keys()]);
    expect(await outcomeOf(idsOf(open(5_000)))).toBe('body_too_large');
  });

  test('that finds nothing is empty, but an address without an API is an error', async () => {
    const nothing = collection([echo], { code: 'not_found', message: 'no results found' });
    expect((await found([{ status: 404, body: nothing }])).ids).toEqual([]);
    expect(await outcomeOf(found([{ status: 404, body: '<html>' }]))).toBe('not_found');
  });
});

describe('credentials', () => {
  const answer = (token: string) => collection([['session', { token, expiresat: '2099-01-01T00:00:00Z' }]]);

  test('that no header can have are refused, and no error quotes them', async () => {
    await using server = await openHttpRecorder(() => ({ status: 201, body: answer('secret\u0001') }));
    for (const identity of [
      { apiKey: 'secret\nsecond line' },
      { apiKey: 'secret\u20ac' },
      { sign: async () => 'AAAA=BBBB' },
    ]) {
      const refused = createClient({ url: server.url, ...identity }).call(ROUTES.getDashboard, {});
      const error = await refused.catch((problem: unknown) => problem);
      expect(errorCode(error)).toBe('config_invalid');
      expect(inspect(error)).not.toContain('secret');
    }
    expect(server.requests.map(({ path }) => path)).not.toContain('/dashboard');
  });

  test('are an armored signature, too, which is sent in one line', async () => {
    const { privateKey } = await generateKey({ userIDs: [{ name: 'Ann' }], format: 'object' });
    const body = answer('token');
    await using server = await openHttpRecorder(({ path }) =>
      path === '/session' ? { status: 201, body } : { status: 200, body: 'mine' },
    );
    const sign = async (text: string) => {
      const message = await createMessage({ binary: Buffer.from(text) });
      return String(await signMessage({ message, signingKeys: privateKey, detached: true }));
    };
    await createClient({ url: server.url, sign }).call(ROUTES.getIp, {});
    const token = String(server.requests[0]?.headers['x-pgpauthorization']);
    expect(token).toMatch(/^1;[^;]+;\d+;[A-Za-z0-9+/]+={0,2}(=[A-Za-z0-9+/]{4})?$/);
    const packet = decodeSignature(token.split(';')[3] ?? '');
    expect((await readSignature({ binarySignature: packet })).getSigningKeyIDs()).toEqual([
      privateKey.getKeyID(),
    ]);
  });
});

test('an answer that refuses the stream of progress is read no further than any other', async () => {
  await using server = await openHttpRecorder(() => ({ status: 500, body: 'x'.repeat(2000) }));
  const client = createClient({ url: server.url, apiKey: 'secret', maxAnswerBytes: 1000 });
  const first = client.streamProgress(7, new AbortController().signal).next();
  expect(await outcomeOf(first)).toBe('body_too_large');
});

test('an event without an end ends the stream of progress', async () => {
  await using server = await openHttpRecorder(() => ({ status: 200, body: `data: ${'x'.repeat(2 ** 21)}` }));
  const client = createClient({ url: server.url, apiKey: 'secret' });
  const first = client.streamProgress(7, new AbortController().signal).next();
  expect(await outcomeOf(first)).toBe('body_too_large');
});

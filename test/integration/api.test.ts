import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { type ApiAnswer, type ApiCaller, postAction, signedAction } from '../../dev/api-caller.ts';
import type { SimulatedAgents } from '../../dev/simulation/agent/agents.ts';
import { commandsByStatus, openAgents, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

let platform: Platform;
let agents: SimulatedAgents;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform();
  agents = platform.use(await openAgents(platform, { count: 5 }));
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const itemsOf = (answer: ApiAnswer) => answer.body.collection.items ?? [];
const firstOf = (answer: ApiAnswer) => itemsOf(answer)[0]?.data[0];
const sample = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/samples/${name}.json`, import.meta.url), 'utf8'));

/** Returns all keys of a value, nested ones included, without those of lists and maps with arbitrary keys. */
function shapeOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  if (/parameters|tags|elements|statistics|aws/.test(path.replace(/^.*\./, ''))) return [path];
  return Object.entries(value).flatMap(([key, item]) => shapeOf(item, path === '' ? key : `${path}.${key}`));
}

describe('creating an action', () => {
  test('answers 202 with the envelope of MIG and the stored action', async () => {
    const answer = await api.form('/action/create/', { action: await signedAction([api.key]) });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(answer.headers.get('Cache-Control')).toBe('no-cache');
    const { name, value } = firstOf(answer);
    expect(name).toBe(`action ID ${value.id}`);
    expect(value).toMatchObject({ status: 'pending', finishtime: '9998-01-11T11:11:11Z', syntaxversion: 2 });
    expect(Object.keys(answer.body.collection)).toEqual(['version', 'href', 'items', 'template', 'error']);
    const theirs = sample('api-action-create').body.collection.items[0].data[0].value;
    expect(new Set(Object.keys(value))).toEqual(new Set(Object.keys(theirs)));
  });

  test('an id is below 2^53 and follows the formula of MIG', async () => {
    const id = await postAction(api);
    const seconds = Math.floor(Date.now() / 1000) - 1_367_258_400;
    expect(id).toBeLessThan((seconds + 2) * 65_536);
    expect(id).toBeGreaterThan((seconds - 3600) * 65_536);
  });

  test('the signed operations are kept byte for byte, down to -0', async () => {
    const operations = [{ module: 'file', parameters: { searches: {}, odd: [-0, 1e21, 1e-7, '<é>\u2028'] } }];
    const id = await postAction(api, { operations });
    const answer = await api.get(`/action?actionid=${id}`);
    expect(answer.text).toContain('"odd":[-0,1e+21,1e-7,"\\u003cé\\u003e\\u2028"]');
    expect((await waitForEnd(platform, id)).status).toBe('completed');
  });

  test('an Idempotency-Key makes a repeated POST the same action, and refuses another one', async () => {
    const action = await signedAction([api.key], { name: 'idempotent' });
    const headers = { 'Idempotency-Key': 'key-1' };
    const [first, second] = [
      await api.form('/action/create/', { action }, headers),
      await api.form('/action/create/', { action }, headers),
    ];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(firstOf(second).value.id).toBe(firstOf(first).value.id);
    const other = await api.form(
      '/action/create/',
      { action: await signedAction([api.key], { name: 'other' }) },
      headers,
    );
    expect({ status: other.status, code: other.body.collection.error.code }).toEqual({
      status: 409,
      code: 'conflict',
    });
    const { rows } = await platform.pool.query(
      `SELECT count(*) AS count FROM actions WHERE name IN ('idempotent', 'other')`,
    );
    expect(rows[0].count).toBe(1);
  });

  test('the caller need not be the signer', async () => {
    const { loadKey } = await import('../../dev/api-caller.ts');
    const action = await signedAction([await loadKey(platform.people.john)]);
    expect((await api.form('/action/create/', { action })).status).toBe(202);
  });

  test('the reconciler starts an action that was stored without a workflow', async () => {
    const id = await postAction(api, { name: 'outbox' });
    await waitForEnd(platform, id);
    const { rows } = await platform.pool.query(
      `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
       SELECT name, target, description, threat, operations, validfrom, expireafter, 'pending', syntaxversion, pgpsignatures
       FROM actions WHERE id = $1 RETURNING id`,
      [id],
    );
    const copy = rows[0].id as number;
    expect((await waitForEnd(platform, copy, 30_000)).status).toBe('completed');
    expect(await platform.temporal.workflow.getHandle(actionWorkflowId(copy)).result()).toMatchObject({
      status: 'completed',
    });
  });
});

describe('reading', () => {
  test('an action, a command and an agent have the fields that MIG’s clients read', async () => {
    const id = await postAction(api);
    await waitForEnd(platform, id);
    const action = firstOf(await api.get(`/action?actionid=${id}`));
    expect(action.name).toBe('action');
    expect(action.value.counters).toEqual({ sent: 5, done: 5, success: 5 });
    expect(action.value.failures).toBeUndefined();
    const counted = firstOf(await api.get(`/action?actionid=${id}&failures=true`));
    expect(counted.value).toEqual({ ...action.value, failures: 0 });
    expect(await api.get(`/action?actionid=${id}&failures=maybe`)).toMatchObject({ status: 400 });
    expect(shapeOf(action.value.investigators[0])).toEqual(
      shapeOf(sample('api-action').body.collection.items[0].data[0].value.investigators[0]).filter(
        (key) => key !== 'publickey',
      ),
    );
    const { rows } = await platform.pool.query(
      'SELECT id, agentid FROM commands WHERE actionid = $1 LIMIT 1',
      [id],
    );
    const command = await api.get(`/command?commandid=${rows[0].id}`);
    expect(firstOf(command)).toMatchObject({ name: 'command', value: { status: 'success', action: { id } } });
    expect(itemsOf(command)[0].links).toEqual([
      { rel: 'action', href: `${platform.apiUrl}/action?actionid=${id}` },
    ]);
    const theirs = sample('api-command').body.collection.items[0].data[0].value;
    expect(new Set(Object.keys(firstOf(command).value))).toEqual(new Set(Object.keys(theirs)));
    const agent = await api.get(`/agent?agentid=${rows[0].agentid}`);
    expect(firstOf(agent)).toMatchObject({
      name: 'agent',
      value: { status: 'online', environment: { os: 'linux' } },
    });
  });

  test('a missing record is a 404, a bad id a 400, in MIG’s words', async () => {
    for (const [path, thing] of [
      ['/action?actionid=', 'Action'],
      ['/command?commandid=', 'Command'],
      ['/agent?agentid=', 'Agent'],
      ['/investigator?investigatorid=', 'Investigator'],
    ]) {
      const missing = await api.get(`${path}12345`);
      expect({ status: missing.status, message: missing.body.collection.error.message }).toEqual({
        status: 404,
        message: `${thing} ID '12345' not found`,
      });
      expect((await api.get(`${path}0`)).body.collection.error.message).toBe(`Invalid ${thing} ID '0'`);
      expect((await api.get(`${path}x`)).status).toBe(400);
    }
    const nowhere = await api.get('/nosuchpath');
    expect({ status: nowhere.status, text: nowhere.text }).toEqual({
      status: 404,
      text: '404 page not found\n',
    });
    expect((await api.get('/action/create/')).status).toBe(405);
  });

  test('heartbeat, ip, public key, root and dashboard answer', async () => {
    expect(firstOf(await api.get('/heartbeat'))).toEqual({ name: 'heartbeat', value: 'gatorz say hi' });
    expect((await api.get('/ip')).text).toBe('127.0.0.1');
    expect((await api.get('/')).status).toBe(200);
    expect((await api.get('')).status).toBe(200);
    expect((await api.get('//ip')).text).toBe('127.0.0.1');
    const key = await api.get(`/publickey/${platform.people.bob.fingerprint.toLowerCase()}`);
    expect(key.text).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
    expect((await api.get('/publickey/ABCDEF')).status).toBe(404);
    const dashboard = await api.get('/dashboard');
    const names = itemsOf(dashboard)[0].data.map(({ name }: { name: string }) => name);
    const theirs = sample('api-dashboard').body.collection.items[0].data.map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toEqual(theirs);
    expect(itemsOf(dashboard)[0].data[0].value).toBe(5);
    expect(
      itemsOf(dashboard)
        .slice(1)
        .every((item: { data: { name: string }[] }) => item.data[0]?.name === 'action'),
    ).toBe(true);
  });
});

describe('searching', () => {
  test('an empty search is the 404 that MIG’s clients test for', async () => {
    const answer = await api.get('/search?type=action&actionname=nothing-like-this');
    expect({ status: answer.status, message: answer.body.collection.error.message }).toEqual({
      status: 404,
      message: 'no results found',
    });
    expect(Object.keys(firstOf(answer).value).sort()).toEqual(
      Object.keys(sample('api-search-empty').body.collection.items[0].data[0].value).sort(),
    );
  });

  test('actions, commands, agents and investigators are found by their filters', async () => {
    const id = await postAction(api, { name: 'needle in haystack', threat: { family: 'compliance' } });
    await waitForEnd(platform, id);
    const ids = async (query: string) => {
      const answer = await api.get(`/search?${query}`);
      return itemsOf(answer)
        .filter((item: { data: { name: string }[] }) => item.data[0]?.name !== 'search parameters')
        .map((item: { data: { value: { id: number } }[] }) => item.data[0]?.value.id);
    };
    for (const filter of [
      'actionname=needle%25',
      `actionid=${id}`,
      'threatfamily=comp%25',
      'status=completed&actionname=needle%25',
      'investigatorname=Bob%25&actionname=needle%25',
      'agentname=sim-1&actionname=needle%25',
    ]) {
      expect(await ids(`type=action&${filter}`), filter).toEqual([id]);
    }
    expect(await ids(`type=command&actionid=${id}&limit=3`)).toHaveLength(3);
    expect(await ids(`type=command&actionid=${id}&foundanything=true`)).toHaveLength(5);
    expect(await ids(`type=command&actionid=${id}&foundanything=false`)).toHaveLength(0);
    expect(await ids(`type=command&actionid=${id}&haserrors=false`)).toHaveLength(5);
    await platform.pool.query(
      `UPDATE commands SET haserrors = NULL, results = '[{"foundanything":true,"success":true,"elements":null,"statistics":null,"errors":["x"]}]'
       WHERE id = (SELECT max(id) FROM commands WHERE actionid = $1)`,
      [id],
    );
    expect(await ids(`type=command&actionid=${id}&haserrors=true`)).toHaveLength(1);
    // A find before a failed operation counts; it remains unknown whether the rest would have found anything.
    await platform.pool.query(
      `UPDATE commands SET status = 'failed', results = '[{"foundanything":true},{"foundanything":false}]'
       WHERE id = (SELECT max(id) FROM commands WHERE actionid = $1)`,
      [id],
    );
    expect(await ids(`type=command&actionid=${id}&foundanything=true`)).toHaveLength(5);
    expect(await ids(`type=command&actionid=${id}&foundanything=false`)).toHaveLength(0);
    expect(await ids(`type=agent&agentname=sim-%25`)).toHaveLength(5);
    expect(await ids(`type=agent&target=${encodeURIComponent(`name='sim-3'`)}`)).toHaveLength(1);
    expect(await ids(`type=investigator&investigatorname=John%25`)).toHaveLength(1);
    expect(await ids('type=action&before=2001-01-01T00:00:00Z')).toHaveLength(0);
  });

  test('a page after the first links to the next one', async () => {
    const answer = await api.get('/search?type=agent&limit=2&offset=2');
    const pagination = itemsOf(answer).find(
      (item: { data: { name: string }[] }) => item.data[0]?.name === 'pagination',
    );
    expect(pagination.data[0].value).toMatchObject({ limit: 2, offset: 2 });
    expect(pagination.data[0].value.next).toContain('offset=4');
  });

  test('bad parameters are refused by name', async () => {
    for (const [query, message] of [
      ['type=nothing', /^type:/],
      ['limit=-1', /^limit:/],
      ['after=yesterday', /^after:/],
      ['foundanything=perhaps', /^foundanything:/],
      ['type=command&haserrors=perhaps', /^haserrors:/],
      ['actionid=x', /^actionid:/],
      [`type=agent&target=${encodeURIComponent('pg_sleep(1)')}`, /pg_sleep/],
    ] as const) {
      const answer = await api.get(`/search?${query}`);
      expect(answer.status, query).toBeGreaterThanOrEqual(400);
      expect(answer.body.collection.error.message).toMatch(message);
    }
  });
});

describe('targets', () => {
  test('every example of the concepts document reaches the agents that it should', async () => {
    const version = '201409171023+c4d6f50.prod';
    const first = await postAction(api, { target: `name = 'sim-4'` });
    await waitForEnd(platform, first);
    for (const [target, count] of [
      [`agents.queueloc like 'linux.%'`, 5],
      [`name like '%'`, 5],
      [`os='linux'`, 5],
      [`os='darwin'`, 0],
      [`version='${version}'\n  and heartbeattime > NOW() - interval '1 minute'`, 2],
      [
        `id IN (select agentid from commands, json_array_elements(commands.results) as r where actionid=${first} and r#>>'{foundanything}' = 'true')`,
        1,
      ],
    ] as const) {
      // Each time, because heartbeats reset the version.
      await platform.pool.query(
        `UPDATE agents SET version = $1, heartbeattime = now() WHERE name IN ('sim-0', 'sim-1')`,
        [version],
      );
      const counted = await api.get(`/agent/count?${new URLSearchParams({ target })}`);
      expect(firstOf(counted).value, target).toEqual({ count });
      const id = await postAction(api, { target, name: target.slice(0, 50) });
      await waitForEnd(platform, id);
      expect(
        Object.values(await commandsByStatus(platform, id)).reduce((a, b) => a + b, 0),
        target,
      ).toBe(count);
    }
  });

  test('that are missing or forbidden are refused before counting', async () => {
    for (const [query, message] of [
      ['', /^target: missing/],
      ['?target=', /^target: missing/],
      [`?${new URLSearchParams({ target: 'pg_sleep(1) is null' })}`, /pg_sleep/],
    ] as const) {
      const answer = await api.get(`/agent/count${query}`);
      expect(answer.status, query).toBeGreaterThanOrEqual(400);
      expect(answer.body.collection.error.message).toMatch(message);
    }
  });

  test('reach only the process with the newest heartbeat of an endpoint', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       SELECT 'twin', 'linux.twin.1', 'daemon', '1', n, now(), now() - n * interval '1 minute', now(), 'idle', '{}', '{}'
       FROM generate_series(1, 3) AS n`,
    );
    const answer = await api.get(`/search?type=agent&target=${encodeURIComponent(`name='twin'`)}`);
    expect(firstOf(answer).value.pid).toBe(1);
    expect(itemsOf(answer)).toHaveLength(2);
  });

  test('offline agents are reached when they check in, or when the target names the status', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ('away', 'linux.away.1', 'daemon', '1', 1, now(), now(), now(), 'offline', '{}', '{}'),
         ('cron', 'linux.cron.1', 'checkin', '1', 1, now(), now(), now(), 'offline', '{}', '{}')`,
    );
    const names = async (target: string) =>
      itemsOf(await api.get(`/search?type=agent&target=${encodeURIComponent(target)}`)).flatMap(
        (item: { data: { name: string; value: { name: string } }[] }) =>
          item.data[0]?.name === 'agent' ? [item.data[0].value.name] : [],
      );
    expect(await names(`name IN ('away', 'cron')`)).toEqual(['cron']);
    expect((await names(`status = 'offline'`)).sort()).toEqual(['away', 'cron']);
  });
});

describe('following', () => {
  test('server-sent events report every change and end with the action', async () => {
    const id = await postAction(api, { validFromMs: Date.now() + 1500 });
    const response = await fetch(`${platform.apiUrl}/action/events?actionid=${id}`, {
      headers: { 'X-PGPAUTHORIZATION': await api.token() },
    });
    expect(response.headers.get('Content-Type')).toContain('text/event-stream');
    const events = (await response.text())
      .split('\n\n')
      .flatMap((event) => /^event: progress\ndata: (.*)$/m.exec(event)?.[1] ?? [])
      .map((data) => JSON.parse(data));
    expect(events[0]).toMatchObject({ id, status: 'pending' });
    expect(events.at(-1)).toMatchObject({
      status: 'completed',
      counters: { sent: 5, done: 5, success: 5 },
      matches: 5,
      errors: 0,
    });
  });
});

test('agents ran no command twice in any of these tests', () => {
  expect(agents.ledger.repeated()).toEqual([]);
});

import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSent } from '../../api/loaders/record-sent.ts';
import { Agent } from '../../contract/agent.ts';
import type { ApiAnswer } from '../../dev/api-caller.ts';
import { createLogger } from '../../platform/log.ts';
import { auditRows } from '../setup/audit-rows.ts';
import {
  ENTRIES,
  errorOf,
  FILES,
  firstValue,
  type Loader,
  type LoaderRig,
  machine,
  NO_MANIFEST,
  openLoaderRig,
} from '../setup/loaders.ts';
import { openPlatform } from '../setup/platform.ts';
import { comparable, readSample } from '../setup/samples.ts';

let rig: LoaderRig;

beforeAll(async () => {
  rig = await openLoaderRig();
});
afterAll(() => rig?.platform[Symbol.asyncDispose]());

const SECRET = /"[A-Za-z0-9]{8}"|"[A-Za-z0-9]{32}"/g;

describe('loaders, for investigators', () => {
  test('are made, read and found as in MIG, field by field', async () => {
    // In a platform of its own, in which the ids begin with 1 as they did when the samples were recorded.
    await using fresh = await openPlatform({ worker: false });
    const made = await fresh.api.form('/loader/new/', { loader: '{"name":"sample-loader"}' });
    const answers = {
      'api-loader-new': made,
      'api-loader-get': await fresh.api.get('/loader?loaderid=1'),
      'api-search-loader-name': await fresh.api.get('/search?type=loader&loadername=%25ample%25'),
    };
    for (const [name, { status, body }] of Object.entries(answers)) {
      const theirs = readSample(name);
      expect({ status, body: comparable(body, SECRET) }, name).toEqual({
        status: theirs.status,
        body: comparable(theirs.body, SECRET),
      });
    }
    expect(made.headers.get('Cache-Control')).toBe('no-store');
    expect(firstValue(made)).toMatchObject({
      prefix: expect.stringMatching(/^[A-Za-z0-9]{8}$/),
      key: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
    });
  });

  test('are found without a filter, where MIG fails, by their names, and page by page', async () => {
    for (let i = 0; i < 3; i++) await rig.addLoader();
    const all = await rig.api.get('/search?type=loader&limit=1000');
    expect(all.status).toBe(200);
    const names = (answer: ApiAnswer) =>
      (answer.body.collection.items as { data: { name: string; value: { name: string } }[] }[])
        .flatMap(({ data }) => data)
        .filter(({ name }) => name === 'loader')
        .map(({ value }) => value.name);
    expect(names(all)).toEqual([...names(all)].sort());
    const paged: string[] = [];
    for (let offset = 0; offset < names(all).length; offset += 2)
      paged.push(...names(await rig.api.get(`/search?type=loader&limit=2&offset=${offset}`)));
    expect(paged).toEqual(names(all));
    const none = await rig.api.get('/search?type=loader&loadername=no-such');
    expect(errorOf(none)).toEqual({ status: 404, code: 'not_found', message: 'no results found' });
    for (const name of ['api-search-loader', 'api-search-manifest']) {
      const theirs = readSample(name).body.collection.items.at(-1).data[0];
      const ours = await rig.api.get(
        name === 'api-search-loader'
          ? '/search?type=loader&loadername=%25'
          : '/search?type=manifest&manifestname=%25',
      );
      expect(comparable(ours.body.collection.items.at(-1).data[0], SECRET)).toEqual(
        comparable(theirs, SECRET),
      );
    }
  });

  test('get a new key, and the old one ends; the prefix stays', async () => {
    const loader = await rig.addLoader();
    const answer = await rig.api.form('/loader/key/', { loaderid: String(loader.id) });
    const { prefix, key } = firstValue(answer);
    expect(prefix).toBe(loader.key.slice(0, 8));
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect((await rig.getManifest(loader)).status).toBe(401);
    expect(errorOf(await rig.getManifest({ ...loader, key: prefix + key }))).toEqual(NO_MANIFEST);
  });

  test('leave entries in the audit trail, without their keys', async () => {
    const loader = await rig.addLoader({ expectenv: `tags->>'team'='it'` });
    await rig.api.form('/loader/expect/', { loaderid: String(loader.id), expectenv: '' });
    const { key } = firstValue(await rig.api.form('/loader/key/', { loaderid: String(loader.id) }));
    const rows = await auditRows(rig.platform, 'objectid = $1 AND kind LIKE $2', [loader.id, 'loader%']);
    expect(rows.map(({ kind, outcome, detail }) => ({ kind, outcome, detail }))).toEqual([
      {
        kind: 'loader_created',
        outcome: 'done',
        detail: { name: loader.name, expectenv: `tags->>'team'='it'` },
      },
      { kind: 'loader_changed', outcome: 'done', detail: { name: loader.name, enabled: true } },
      { kind: 'loader_changed', outcome: 'done', detail: { name: loader.name, expectenv: '' } },
      { kind: 'loader_changed', outcome: 'done', detail: { name: loader.name, renewed: true } },
    ]);
    expect(JSON.stringify(rows)).not.toContain(loader.key.slice(8));
    expect(JSON.stringify(rows)).not.toContain(key);
  });

  test('refuse bad input with a code that says what is wrong', async () => {
    const { id, name } = await rig.addLoader();
    const cases: [string, Record<string, string>, number, string][] = [
      ['/loader/new/', {}, 400, 'parameter_invalid'],
      ['/loader/new/', { loader: '{nope' }, 400, 'json_invalid'],
      ['/loader/new/', { loader: '[]' }, 400, 'parameter_invalid'],
      ['/loader/new/', { loader: '{"name":""}' }, 400, 'parameter_invalid'],
      ['/loader/new/', { loader: JSON.stringify({ name: 'x'.repeat(257) }) }, 400, 'parameter_invalid'],
      ['/loader/new/', { loader: JSON.stringify({ name: 'a\u001bb' }) }, 400, 'parameter_invalid'],
      ['/loader/new/', { loader: JSON.stringify({ name }) }, 409, 'conflict'],
      [
        '/loader/new/',
        { loader: JSON.stringify({ name: 'y', expectenv: 'pg_sleep(9) IS NULL' }) },
        403,
        'target_forbidden',
      ],
      ['/loader/status/', { loaderid: String(id), status: 'on' }, 400, 'parameter_invalid'],
      ['/loader/status/', { loaderid: '987654', status: 'enabled' }, 404, 'not_found'],
      ['/loader/status/', { loaderid: 'x', status: 'enabled' }, 400, 'parameter_invalid'],
      ['/loader/expect/', { loaderid: String(id) }, 400, 'parameter_invalid'],
      ['/loader/expect/', { loaderid: String(id), expectenv: 'true) OR (true' }, 400, 'target_syntax'],
      ['/loader/expect/', { loaderid: String(id), expectenv: 'loaderkey IS NULL' }, 400, 'target_failed'],
      [
        '/loader/expect/',
        { loaderid: String(id), expectenv: 'id = (SELECT id FROM manifests)' },
        403,
        'target_forbidden',
      ],
      ['/loader/key/', { loaderid: '0' }, 400, 'parameter_invalid'],
      ['/loader/key/', { loaderid: '987654' }, 404, 'not_found'],
    ];
    for (const [path, fields, status, code] of cases) {
      const answer = await rig.api.form(path, fields);
      expect(errorOf(answer), JSON.stringify(fields)).toMatchObject({ status, code });
    }
    const expectation = await rig.api.form('/loader/expect/', { loaderid: String(id), expectenv: 'env' });
    expect(errorOf(expectation).message).toMatch(/^expectenv: /);
    for (const path of ['/loader', '/loader?loaderid=x', '/loader?loaderid=0'])
      expect((await rig.api.get(path)).status).toBe(400);
    expect(errorOf(await rig.api.get('/loader?loaderid=987654'))).toMatchObject({
      status: 404,
      message: `Loader ID '987654' not found`,
    });
  });

  test('need the permission that each route has', async () => {
    const { id } = await rig.addLoader();
    const loaderid = String(id);
    const posts: [string, string, Record<string, string>][] = [
      ['/loader/new/', 'loader_new', { loader: '{"name":"z"}' }],
      ['/loader/status/', 'loader_status', { loaderid, status: 'enabled' }],
      ['/loader/expect/', 'loader_expect', { loaderid, expectenv: '' }],
      ['/loader/key/', 'loader_key', { loaderid }],
      ['/manifest/new/', 'manifest_new', { manifest: '{}' }],
      ['/manifest/status/', 'manifest_status', { manifestid: '1', status: 'staged' }],
    ];
    for (const [path, permission, fields] of posts)
      expect(errorOf(await rig.john.form(path, fields)).message).toContain(`(needs ${permission})`);
    for (const [path, permission] of [
      [`/loader?loaderid=${id}`, 'loader'],
      ['/manifest?manifestid=1', 'manifest'],
      ['/manifest/loaders/?manifestid=1', 'manifest_loaders'],
    ] as const)
      expect(errorOf(await rig.john.get(path)).message).toContain(`(needs ${permission})`);
  });
});

describe('a loader', () => {
  test('gets its manifest, and each file of it, as MIG sends them', async () => {
    const loader = await rig.addLoader({ expectenv: `env->>'os'='linux'` });
    const id = await rig.addActive(`loadername='${loader.name}' AND tags->>'team'='it'`);
    const { status, body } = await rig.getManifest(loader, { team: 'it' });
    const { signatures } = firstValue(await rig.api.get(`/manifest?manifestid=${id}`));
    expect({ status, items: body.collection.items }).toEqual({
      status: 200,
      items: [
        {
          href: '/api/v1/manifest/agent/',
          data: [{ name: 'manifest', value: { loader_name: loader.name, entries: ENTRIES, signatures } }],
        },
      ],
    });
    for (const [path, data] of FILES) {
      const object = path.replace(/^.*\//, '');
      const fetched = await rig.asLoader(loader.key, '/manifest/fetch/', {
        agent: machine(loader.name, { team: 'it' }),
        object,
      });
      expect(fetched.body.collection.items[0]).toMatchObject({
        href: '/api/v1/manifest/fetch/',
        data: [{ name: 'content' }],
      });
      const { value } = fetched.body.collection.items[0].data[0];
      expect(gunzipSync(Buffer.from(value.data, 'base64')).equals(data)).toBe(true);
    }
    const seen = firstValue(await rig.api.get(`/loader?loaderid=${loader.id}`));
    expect(seen).toMatchObject({ agentname: loader.name, enabled: true });
    expect(firstValue(await rig.api.get(`/search?type=loader&agentname=${loader.name}`)).id).toBe(loader.id);
  });

  test('gets the newest manifest that two have signed, and no staged or once-signed one', async () => {
    const loader = await rig.addLoader();
    const target = `loadername='${loader.name}'`;
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
    await rig.addManifest(target);
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
    const once = await rig.addManifest(target);
    await rig.sign(once, rig.api);
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
    // Not even when the status says otherwise.
    await rig.platform.pool.query(`UPDATE manifests SET status = 'active' WHERE id = $1`, [once]);
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
    await rig.sign(once, rig.john);
    expect((await rig.getManifest(loader)).status).toBe(200);
  });

  test('loses its manifest when a signer is disabled or loses the right to sign', async () => {
    const loader = await rig.addLoader();
    await rig.addActive(`loadername='${loader.name}'`);
    const { fingerprint } = rig.platform.people.john;
    const change = (set: string) =>
      rig.platform.pool.query(`UPDATE investigators SET ${set} WHERE pgpfingerprint = $1`, [fingerprint]);
    for (const [away, back] of [
      [`status = 'disabled'`, `status = 'active'`],
      ['permissions = permissions - 4096', 'permissions = permissions + 4096'],
    ] as const) {
      await change(away);
      expect(errorOf(await rig.getManifest(loader)), away).toEqual(NO_MANIFEST);
      await change(back);
      expect((await rig.getManifest(loader)).status).toBe(200);
    }
  });

  test('gets nothing of a manifest for others, whatever it says or asks for', async () => {
    const [mine, other] = [await rig.addLoader({ expectenv: `tags->>'team'='it'` }), await rig.addLoader()];
    await rig.addActive(`loadername='${other.name}' OR tags->>'team'='ops'`);
    expect((await rig.getManifest(other)).status).toBe(200);
    const texts = new Set<string>();
    const tags = fc.dictionary(fc.constantFrom('team', 'x'), fc.constantFrom('it', 'ops', `' OR true --`), {
      maxKeys: 2,
    });
    const path = fc.constantFrom('/manifest/agent/', '/manifest/fetch/');
    const claim = fc.record({
      name: fc.constantFrom(other.name, mine.name),
      loadername: fc.constant(other.name),
    });
    await fc.assert(
      fc.asyncProperty(path, tags, claim, async (where, sent, claimed) => {
        const agent = { ...machine(mine.name, sent), ...claimed, id: other.id };
        texts.add(
          JSON.stringify(errorOf(await rig.asLoader(mine.key, where, { agent, object: 'mig-agent' }))),
        );
      }),
      { numRuns: 40 },
    );
    expect([...texts].map((text) => JSON.parse(text))).toEqual([NO_MANIFEST]);
  });

  test('does not take the queue of another, and a condition that fails on its record hinders no other', async () => {
    const [mine, other] = [await rig.addLoader(), await rig.addLoader()];
    await rig.addActive(`loadername='${mine.name}'`);
    await rig.addActive(`(tags->>'number')::int4 = 1`);
    const ask = (loader: Loader, queueloc: string) =>
      rig.asLoader(loader.key, '/manifest/agent/', {
        agent: { ...machine(loader.name, { number: 'x' }), queueloc },
      });
    expect((await ask(mine, 'linux.one')).status).toBe(200);
    expect(errorOf(await ask(other, 'linux.one'))).toEqual(NO_MANIFEST);
    expect((await ask(mine, 'linux.one')).status).toBe(200);
  });

  test('is refused a queue that another has taken, and both are logged', async () => {
    const [holder, other] = [await rig.addLoader(), await rig.addLoader()];
    const lines: unknown[] = [];
    const log = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
    const deps = { pool: rig.platform.pool, log };
    const agent = Agent.parse({ ...machine('host'), queueloc: 'linux.taken' });
    expect(await recordSent(deps, holder, agent)).toBe(true);
    expect(lines).toEqual([]);
    expect(await recordSent(deps, other, agent)).toBe(false);
    expect(lines).toMatchObject([
      { level: 'warn', loaderId: other.id, holderId: holder.id, queueloc: 'linux.taken' },
    ]);
  });

  test('gets its manifest although the target of a newer one fails', async () => {
    const loader = await rig.addLoader();
    const id = await rig.addActive(`loadername='${loader.name}'`);
    await rig.platform.slot.admin.query(
      `INSERT INTO manifests (name, content, timestamp, status, target)
       SELECT 'broken', content, now(), 'active', $2
       FROM manifests
       WHERE id = $1`,
      [id, 'id IN (WITH x AS (DELETE FROM loaders RETURNING id) SELECT id FROM x)'],
    );
    expect((await rig.getManifest(loader)).status).toBe(200);
    expect(errorOf(await rig.getManifest(await rig.addLoader()))).toEqual(NO_MANIFEST);
  });

  test('is refused alike with every wrong key, and when it is disabled', async () => {
    const loader = await rig.addLoader();
    await rig.addActive(`loadername='${loader.name}'`);
    const { key } = loader;
    const missing = await rig.asLoader(undefined, '/manifest/agent/', {});
    expect(errorOf(missing)).toEqual({
      status: 401,
      code: 'unauthorized',
      message: 'X-LOADERKEY header not found',
    });
    const wrong = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9]{40}$/),
      fc.stringMatching(/^[\x21-\x7e]{1,60}$/),
      fc.stringMatching(/^[A-Za-z0-9]{32}$/).map((secret) => key.slice(0, 8) + secret),
      fc.nat({ max: 39 }).map((length) => key.slice(0, length)),
    );
    const answers = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        wrong.filter((text) => text !== key),
        async (text) => {
          answers.add(JSON.stringify(errorOf(await rig.asLoader(text, '/manifest/agent/', {}))));
        },
      ),
      { numRuns: 15 },
    );
    await rig.api.form('/loader/status/', { loaderid: String(loader.id), status: 'disabled' });
    answers.add(JSON.stringify(errorOf(await rig.getManifest(loader))));
    expect([...answers].map((text) => JSON.parse(text))).toEqual([
      { status: 401, code: 'unauthorized', message: 'Loader authorization failed' },
    ]);
    for (const path of ['/dashboard', `/loader?loaderid=${loader.id}`]) {
      const response = await fetch(`${rig.platform.apiUrl}${path}`, { headers: { 'X-LOADERKEY': key } });
      expect(response.status).toBe(401);
    }
  });

  test('is told what is wrong with its request', async () => {
    const loader = await rig.addLoader();
    const cases: [string, unknown, RegExp][] = [
      ['/manifest/agent/', '{nope', /not valid JSON/],
      ['/manifest/agent/', [], /parameters/],
      ['/manifest/agent/', { agent: { name: '' } }, /no agent name/],
      ['/manifest/agent/', { agent: { ...machine('x'), tags: [1] } }, /tags/],
      ['/manifest/agent/', { agent: machine('x\0') }, /U\+0000|zero/],
      ['/manifest/fetch/', { agent: machine('x') }, /manifest fetch with no object/],
    ];
    for (const [path, parameters, message] of cases) {
      const answer = errorOf(await rig.asLoader(loader.key, path, parameters));
      expect(answer, JSON.stringify(parameters)).toMatchObject({
        status: 400,
        message: expect.stringMatching(message),
      });
    }
    await rig.addActive(`loadername='${loader.name}'`);
    for (const object of ['nope', '../configuration', '/etc/passwd']) {
      const answer = await rig.asLoader(loader.key, '/manifest/fetch/', { agent: machine('x'), object });
      expect(errorOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
    }
  });
});

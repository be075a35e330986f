import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { generateKey, type PrivateKey, readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { manifestText } from '../../contract/rules/manifest.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { auditRows, waitForRows } from '../setup/audit-rows.ts';
import {
  errorOf,
  FILES,
  firstValue,
  type LoaderRig,
  MANIFEST_SIGN,
  machine,
  NO_MANIFEST,
  openLoaderRig,
  TEXT,
} from '../setup/loaders.ts';
import { readSample } from '../setup/samples.ts';
import { makeTarGzip } from '../setup/tar-archive.ts';

let rig: LoaderRig;

beforeAll(async () => {
  rig = await openLoaderRig();
});
afterAll(() => rig?.platform[Symbol.asyncDispose]());

describe('manifests, for investigators', () => {
  test('are staged until two have signed, and have their content and signatures', async () => {
    const id = await rig.addManifest(`name='nobody'`);
    const read = async () => firstValue(await rig.api.get(`/manifest?manifestid=${id}`));
    const staged = await read();
    expect(staged).toEqual({
      id,
      name: expect.any(String),
      content: expect.stringMatching(/^H4sI[A-Za-z0-9+/]+=*$/),
      timestamp: expect.stringMatching(/^20\d\d-.*Z$/),
      status: 'staged',
      target: `name='nobody'`,
      signatures: null,
    });
    expect(Object.keys(staged)).toEqual([
      'id',
      'name',
      'content',
      'timestamp',
      'status',
      'target',
      'signatures',
    ]);
    expect((await rig.sign(id, rig.api)).status).toBe(200);
    expect(await read()).toMatchObject({ status: 'staged', signatures: [expect.any(String)] });
    expect((await rig.sign(id, rig.john)).status).toBe(200);
    expect(await read()).toMatchObject({ status: 'active', signatures: { length: 2 } });
    const found = firstValue(await rig.api.get(`/search?type=manifest&manifestid=${id}&status=active`));
    expect(Object.keys(found)).toEqual(['id', 'name', 'timestamp', 'status', 'target', 'signatures']);
    expect(found.signatures).toBeNull();
    const rows = await auditRows(rig.platform, `objectid = $1 AND kind LIKE 'manifest%'`, [id]);
    expect(rows.map(({ kind }) => kind)).toEqual(['manifest_created', 'manifest_signed', 'manifest_signed']);
    expect(rows.at(-1)?.detail).toMatchObject({ status: 'active', signatures: 2 });
  });

  test('of many investigators at once are all stored', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => rig.addManifest(`name='nobody'`)));
    expect(new Set(ids).size).toBe(12);
  });

  test('list the enabled loaders that their target reaches', async () => {
    const [one, two] = [await rig.addLoader(), await rig.addLoader()];
    const id = await rig.addManifest(`loadername='${one.name}' OR loadername='${two.name}'`);
    await rig.api.form('/loader/status/', { loaderid: String(two.id), status: 'disabled' });
    const answer = await rig.api.get(`/manifest/loaders/?manifestid=${id}`);
    expect(answer.body.collection.items).toEqual([
      {
        href: `${rig.platform.apiUrl}/loader?loaderid=${one.id}`,
        data: [
          {
            name: 'loader',
            value: {
              id: one.id,
              name: one.name,
              prefix: '',
              key: '',
              agentname: '',
              lastseen: expect.any(String),
              enabled: true,
              expectenv: '',
            },
          },
        ],
      },
    ]);
    const nobody = await rig.api.get(`/manifest/loaders/?manifestid=${await rig.addManifest('false')}`);
    expect({ status: nobody.status, items: nobody.body.collection.items }).toEqual({ status: 200 });
    await rig.setStatus(id, 'disabled');
    expect(errorOf(await rig.api.get(`/manifest/loaders/?manifestid=${id}`))).toMatchObject({
      status: 404,
      message: `No matching loaders for manifest '${id}'`,
    });
  });

  test('refuse bad input with a code that says what is wrong', async () => {
    const good = { name: 'm', target: 'true', content: makeTarGzip(FILES).toString('base64') };
    const content = (files: ReadonlyMap<string, Buffer>) => makeTarGzip(files).toString('base64');
    const twins = new Map([
      ['a/x', Buffer.from('1')],
      ['b/x', Buffer.from('2')],
    ]);
    const many = new Map(Array.from({ length: 65 }, (_, i) => [`f${i}`, Buffer.alloc(1)]));
    const cases: [Record<string, unknown>, number, string, RegExp][] = [
      [{ name: '' }, 400, 'parameter_invalid', /name/],
      [{ target: '' }, 400, 'parameter_invalid', /target/],
      [{ target: 'pg_sleep(5) IS NULL' }, 403, 'target_forbidden', /pg_sleep/],
      [{ target: 'loaderkey IS NULL' }, 400, 'target_failed', /loaderkey/],
      [{ target: `environment->>'os'='linux'` }, 400, 'target_failed', /env/],
      [{ target: `true); DELETE FROM loaders; --` }, 400, 'target_syntax', /target/],
      [{ status: 'odd' }, 400, 'parameter_invalid', /status/],
      [{ content: '' }, 400, 'parameter_invalid', /manifest record has no content/],
      [{ content: 'no base64!' }, 400, 'parameter_invalid', /base64/],
      [{ content: Buffer.from('plain').toString('base64') }, 400, 'parameter_invalid', /gzip/],
      [{ content: content(new Map([['a b', Buffer.alloc(1)]])) }, 400, 'parameter_invalid', /the name "a b"/],
      [{ content: content(twins) }, 400, 'parameter_invalid', /two files are named x/],
      [{ content: content(many) }, 400, 'parameter_invalid', /more than 64/],
    ];
    for (const [change, status, code, message] of cases) {
      const answer = await rig.api.form('/manifest/new/', {
        manifest: JSON.stringify({ ...good, ...change }),
      });
      expect(errorOf(answer), JSON.stringify(change).slice(0, 99)).toEqual({
        status,
        code,
        message: expect.stringMatching(message),
      });
    }
    const theirs = readSample('api-manifest-bad');
    const bad = await rig.api.form('/manifest/new/', { manifest: '{nope' });
    expect({ status: bad.status, keys: Object.keys(bad.body.collection) }).toEqual({
      status: 400,
      keys: Object.keys(theirs.body.collection),
    });
    expect(errorOf(await rig.setStatus(987_654, 'staged'))).toMatchObject({ status: 404 });
    expect(errorOf(await rig.setStatus(await rig.addManifest('true'), 'active'))).toMatchObject({
      status: 400,
      message: expect.stringContaining('Invalid status specified, must be disabled or staged'),
    });
  });

  test('are limited in size before and after they are unpacked', async () => {
    const bomb = new Map([['zeros', Buffer.alloc(257 * 1024 * 1024)]]);
    const manifest = { name: 'bomb', target: 'true', content: makeTarGzip(bomb).toString('base64') };
    const unpacked = await rig.api.form('/manifest/new/', { manifest: JSON.stringify(manifest) });
    expect(errorOf(unpacked)).toMatchObject({ status: 413, code: 'body_too_large' });
    const large = await rig.api.form('/manifest/new/', { manifest: 'x'.repeat(97 * 1024 * 1024) });
    expect(large.status).toBe(413);
    const other = await rig.api.form('/loader/new/', { loader: 'x'.repeat(3 * 1024 * 1024) });
    expect(other.status).toBe(413);
  });

  test('of a caller who may not upload them are received up to 2 megabytes, to record the refusal', async () => {
    const post = (bytes: number) => rig.john.form('/manifest/new/', { manifest: 'x'.repeat(bytes) });
    const small = await post(1024 * 1024);
    expect(errorOf(small)).toMatchObject({ status: 401, code: 'unauthorized' });
    const requestId = small.headers.get('X-Request-Id');
    const read = () => auditRows(rig.platform, 'requestid = $1', [requestId]);
    expect(await waitForRows(read, 1)).toMatchObject([{ kind: 'permission', outcome: 'refused' }]);
    expect(errorOf(await post(3 * 1024 * 1024))).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  test('of 14 megabytes are stored and served whole', async () => {
    const loader = await rig.addLoader();
    // Made in a moment: while this process computes, the API in it lets idle connections time out.
    const data = randomBytes(14_080_000);
    const files = new Map([['mig-agent', data]]);
    const id = await rig.addManifest(`loadername='${loader.name}'`, files);
    const text = manifestText([
      { name: 'mig-agent', sha256: createHash('sha256').update(data).digest('hex') },
    ]);
    for (const by of [rig.api, rig.john])
      expect((await rig.sign(id, by, await signText(text, by.key))).status).toBe(200);
    const answer = await rig.asLoader(loader.key, '/manifest/fetch/', {
      agent: machine('m'),
      object: 'mig-agent',
    });
    const { value } = answer.body.collection.items[0].data[0];
    expect(gunzipSync(Buffer.from(value.data, 'base64')).equals(data)).toBe(true);
    await rig.setStatus(id, 'disabled');
  });
});

describe('a signature of a manifest', () => {
  const signatureOf = (key: PrivateKey, text = TEXT) => signText(text, key);

  test('counts only when it is good, by the caller, and over these files', async () => {
    const id = await rig.addManifest('true');
    const { privateKey: stranger } = await generateKey({ userIDs: [{ name: 'x' }], format: 'object' });
    const other = manifestText([{ name: 'mig-agent', sha256: '0'.repeat(64) }]);
    const cases: [string, string, number, string][] = [
      ['nothing', '', 400, 'signature_malformed'],
      ['no signature', 'wsBcBAAB==g49U', 400, 'signature_malformed'],
      ['of other files', await signatureOf(rig.api.key, other), 403, 'signature_wrong'],
      ['of a stranger', await signatureOf(stranger), 403, 'signature_unknown_signer'],
      ['of another investigator', await signatureOf(rig.john.key), 403, 'forbidden'],
    ];
    for (const [what, signature, status, code] of cases)
      expect(errorOf(await rig.sign(id, rig.api, signature)), what).toMatchObject({ status, code });
    expect(firstValue(await rig.api.get(`/manifest?manifestid=${id}`)).signatures).toBeNull();
    expect((await rig.sign(id, rig.api)).status).toBe(200);
    expect(errorOf(await rig.sign(id, rig.api))).toMatchObject({ status: 409, code: 'conflict' });
    expect(await rig.statusOf(id)).toBe('staged');
  });

  test('counts once, although its investigator posts it three times at once', async () => {
    const id = await rig.addManifest('true');
    const answers = await Promise.all([rig.sign(id, rig.api), rig.sign(id, rig.api), rig.sign(id, rig.api)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await rig.statusOf(id)).toBe('staged');
  });

  test('does not come back after the manifest was withdrawn', async () => {
    const loader = await rig.addLoader();
    const id = await rig.addManifest(`loadername='${loader.name}'`);
    const [bobs, johns] = [await signatureOf(rig.api.key), await signatureOf(rig.john.key)];
    expect([
      (await rig.sign(id, rig.api, bobs)).status,
      (await rig.sign(id, rig.john, johns)).status,
    ]).toEqual([200, 200]);
    expect((await rig.getManifest(loader)).status).toBe(200);
    // Times of signatures are whole seconds.
    const next = Date.now() + 1_100;
    await waitFor('the next second', () => Date.now() > next);
    expect((await rig.setStatus(id, 'staged')).status).toBe(200);
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
    expect(errorOf(await rig.sign(id, rig.api, bobs))).toMatchObject({ status: 409, code: 'conflict' });
    expect(errorOf(await rig.sign(id, rig.john, johns))).toMatchObject({ status: 409, code: 'conflict' });
    expect([(await rig.sign(id, rig.api)).status, (await rig.sign(id, rig.john)).status]).toEqual([200, 200]);
    expect((await rig.getManifest(loader)).status).toBe(200);
    expect((await rig.setStatus(id, 'disabled')).status).toBe(200);
    for (const status of ['staged', 'disabled'])
      expect(errorOf(await rig.setStatus(id, status))).toMatchObject({ status: 409, code: 'conflict' });
    expect(errorOf(await rig.sign(id, rig.api))).toMatchObject({ status: 409 });
    expect(errorOf(await rig.getManifest(loader))).toEqual(NO_MANIFEST);
  });
});

test('nobody signs a manifest with a key of somebody else, registered or not', async () => {
  const { privateKey } = await generateKey({ userIDs: [{ name: 'Eve' }] });
  const key = await readPrivateKey({ armoredKey: privateKey });
  const body = new FormData();
  body.set('name', 'Eve');
  body.set('permissions', JSON.stringify({ ...permissionsFromMask(MANIFEST_SIGN) }));
  body.set('publickey', new Blob([key.toPublic().armor()]), 'key.asc');
  const id = await rig.addManifest('true');
  expect((await rig.sign(id, rig.api)).status).toBe(200);
  expect(errorOf(await rig.sign(id, rig.api, await signText(TEXT, key)))).toMatchObject({
    status: 403,
    code: 'signature_unknown_signer',
  });
  expect((await rig.api.send('/investigator/create/', { method: 'POST', body })).status).toBe(201);
  expect(errorOf(await rig.sign(id, rig.api, await signText(TEXT, key)))).toMatchObject({
    status: 403,
    code: 'forbidden',
  });
});

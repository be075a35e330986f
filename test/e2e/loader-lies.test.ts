import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../contract/text/printable.ts';
import { createResources } from '../../platform/async/resources.ts';
import {
  type LoaderEndpoint,
  nextSecond,
  openLoaderEndpoint,
  publish,
  standInAgent,
} from '../setup/loader-endpoint.ts';
import { type LoaderRig, openLoaderRig } from '../setup/loaders.ts';
import { type LyingApi, openLyingApi, type Told } from '../setup/lying-api.ts';

// Between the loader and the API is a server that changes the responses, as whoever owns the API could.

const resources = createResources();
let rig: LoaderRig;
let api: LyingApi;
let endpoint: LoaderEndpoint;
let manifestId: number;

const OLD = { 'mig-agent': '', agentkey: 'KEY 1', cacert: 'CA 1' };

beforeAll(async () => {
  rig = await openLoaderRig();
  resources.use(rig.platform);
  api = resources.use(await openLyingApi(rig.platform.apiUrl));
  endpoint = await openLoaderEndpoint(rig, { api: api.url });
  OLD['mig-agent'] = standInAgent('1', endpoint);
  await publish(rig, endpoint, OLD);
  expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
  manifestId = await publish(rig, endpoint, { ...OLD, agentkey: 'KEY 2', cacert: 'CA 2' });
});
afterAll(() => resources[Symbol.asyncDispose]());

interface Manifest {
  entries: { name: string; sha256: string }[];
  signatures: string[];
}

/** Changes the manifest on its way. */
const onManifest =
  (change: (manifest: Manifest) => Manifest) =>
  (path: string, told: Told): Told => {
    if (path !== '/manifest/agent/') return told;
    const body = JSON.parse(String(told.body));
    const [item] = body.collection.items[0].data;
    item.value = change(item.value);
    return { ...told, body: JSON.stringify(body) };
  };
/** Replaces the base64 of a fetched file. */
const onFile =
  (change: (base64: string) => string) =>
  (path: string, told: Told): Told => {
    if (path !== '/manifest/fetch/') return told;
    const body = JSON.parse(String(told.body));
    const { value } = body.collection.items[0].data[0];
    value.data = change(value.data);
    return { ...told, body: JSON.stringify(body) };
  };
const packed = (text: string | Buffer) => gzipSync(text).toString('base64');

async function runWith(lie: LyingApi['lie']) {
  api.lie = lie;
  const { code, stdout, stderr } = await endpoint.run('-q');
  expect(stdout).toBe('');
  for (const line of stderr.split('\n')) expect(line).toBe(printable(line));
  expect([
    endpoint.read('sbin/mig-agent'),
    endpoint.read('etc/mig/agent.key'),
    endpoint.read('etc/mig/ca.crt'),
  ]).toEqual(Object.values(OLD));
  expect(endpoint.leftovers()).toEqual([]);
  return { code, stderr };
}

describe('a server gets nothing installed that too few have signed:', () => {
  const signed = (change: (signatures: string[]) => string[]) => (manifest: Manifest) => ({
    ...manifest,
    signatures: change(manifest.signatures),
  });
  const listed = (change: (entries: Manifest['entries']) => Manifest['entries']) => (manifest: Manifest) => ({
    ...manifest,
    entries: change(manifest.entries),
  });
  const zeros = '0'.repeat(64);
  const cases: [string, (manifest: Manifest) => Manifest, RegExp][] = [
    ['one signature is missing', signed((all) => all.slice(1)), /has 1 good signature/],
    ['all are missing', signed(() => []), /has 0 good signatures/],
    ['one is there twice', signed(([one = '']) => [one, one]), /more than once/],
    ['one is there sixty times', signed(([one = '']) => Array(60).fill(one)), /has 1 good/],
    ['a hash differs', listed((all) => all.map((one) => ({ ...one, sha256: zeros }))), /has 0 good/],
    ['a file was added', listed((all) => [...all, { name: 'mig-loader', sha256: zeros }]), /has 0 good/],
    ['a file was removed', listed((all) => all.slice(1)), /has 0 good/],
    ['two files changed places', listed((all) => [...all].reverse()), /has 0 good/],
    ['a file is there twice', listed((all) => [...all, ...all]), /two files named/],
    ['a name leads elsewhere', listed((all) => all.map((one) => ({ ...one, name: '../../x' }))), /two files/],
  ];
  for (const [what, change, message] of cases) {
    test(what, async () => {
      expect(await runWith(onManifest(change))).toEqual({ code: 3, stderr: expect.stringMatching(message) });
    });
  }
});

describe('a server gets no other file installed than the signed one:', () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const cases: [string, LyingApi['lie'], number, RegExp][] = [
    ['another text', onFile(() => packed('EVIL')), 3, /sent a file with SHA-256 [0-9a-f]{64}; the manifest/],
    ['an empty text', onFile(() => packed('')), 3, /sent a file with SHA-256/],
    ['a bomb', onFile(() => packed(zeros)), 3, /it has more than 4194304 bytes/],
    ['what is not compressed', onFile(() => Buffer.from('KEY 2').toString('base64')), 3, /gzip/],
    ['what is no base64', onFile(() => '!!!!'), 3, /no base64/],
    ['no file at all', onFile(() => ''), 3, /gzip/],
    ['half a response', (path, told) => cut(path, told), 4, /cannot be reached|ended before/],
    [
      'a text that is no JSON',
      (path, told) => ({ ...told, body: path.includes('fetch') ? 'x' : told.body }),
      3,
      /no file/,
    ],
    [
      'an error',
      (path, told) => (path.includes('fetch') ? { status: 500, body: '{}' } : told),
      4,
      /status 500/,
    ],
  ];
  for (const [what, lie, status, message] of cases) {
    test(what, async () => {
      expect(await runWith(lie)).toEqual({ code: status, stderr: expect.stringMatching(message) });
    });
  }
});

function cut(path: string, told: Told): Told {
  if (!path.includes('fetch')) return told;
  const body = String(told.body);
  return { ...told, body: body.slice(0, body.indexOf('H4sI') + 8) };
}

describe('a server that', () => {
  test('does not speak as the API, is named as that', async () => {
    for (const body of ['', 'x', '[]', '{"collection":7}', '{"collection":{"items":[{"data":7}]}}'])
      expect(await runWith((_, told) => ({ ...told, body }))).toEqual({
        code: 4,
        stderr: expect.stringMatching(/what answers there is not the API of MIG/),
      });
    for (const value of [null, 7, {}, { entries: null, signatures: [] }])
      expect(await runWith((_, told) => ({ ...told, body: itemWith(value) }))).toEqual({
        code: 3,
        stderr: expect.stringMatching(/the API sent no manifest/),
      });
  });

  test('sends a huge manifest, costs no more than its limit', async () => {
    const body = itemWith({ entries: [], signatures: ['x'.repeat(3 * 1024 * 1024)] });
    expect(await runWith((_, told) => ({ ...told, body }))).toEqual({
      code: 3,
      stderr: expect.stringMatching(/more than 2097152 bytes/),
    });
  });

  test('sends escape sequences, gives no orders to the terminal', async () => {
    const message = '\u001b[2J\u0007\u202egone';
    const body = JSON.stringify({ collection: { error: { code: 'x', message } } });
    expect(await runWith(() => ({ status: 401, body }))).toEqual({
      code: 4,
      stderr: expect.stringContaining('\\u{1b}[2J\\u{7}\\u{202e}gone'),
    });
  });

  test('redirects, does not make the loader show its key to another', async () => {
    const keys: unknown[] = [];
    const other = createServer((request, response) => {
      keys.push(request.headers['x-loaderkey']);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const Location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/manifest/agent/`;
    for (const status of [301, 302, 307, 308]) {
      expect(await runWith(() => ({ status, headers: { Location }, body: '' }))).toMatchObject({ code: 4 });
    }
    other.close();
    expect(keys).toEqual([]);
  });

  test('brings back an older manifest, is refused', async () => {
    api.lie = (_, told) => told;
    const before = JSON.parse(String(await olderManifest()));
    expect(await endpoint.run('-q')).toMatchObject({ code: 0 });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
    api.lie = (path, told) =>
      path === '/manifest/agent/' ? { ...told, body: JSON.stringify(before) } : told;
    expect(await endpoint.run('-q')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/to go back on purpose, reset the older one and sign it again/),
    });
    expect(endpoint.read('etc/mig/agent.key')).toBe('KEY 2');
  });
});

/** The response with the manifest of before, which both signed in an earlier second; then the newer one is there again. */
async function olderManifest(): Promise<string> {
  let body = '';
  await rig.setStatus(manifestId, 'disabled');
  api.lie = (path, told) => {
    if (path === '/manifest/agent/') body = String(told.body);
    return told;
  };
  await endpoint.run('-q', '-check');
  await nextSecond();
  api.lie = (_, told) => told;
  await publish(rig, endpoint, { ...OLD, agentkey: 'KEY 2', cacert: 'CA 2' });
  return body;
}

const itemWith = (value: unknown) =>
  JSON.stringify({ collection: { items: [{ href: '', data: [{ name: 'manifest', value }] }] } });

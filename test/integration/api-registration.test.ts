import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { dirname, join } from 'node:path';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import type { ApiAnswer, ApiCaller } from '../setup/api-caller.ts';
import { apiConfig, log, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const firstOf = (answer: ApiAnswer) => answer.body.collection.items?.[0]?.data[0];
describe('investigators', () => {
  const multipart = (fields: Record<string, string>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'publickey') body.set(name, new Blob([value]), 'key.asc');
      else body.set(name, value);
    }
    return api.send('/investigator/create/', { method: 'POST', body });
  };

  test('are created with their key, read back, updated and refused when they exist', async () => {
    const { publicKey } = await generateKey({ type: 'curve25519', userIDs: [{ name: 'Eve' }] });
    const permissions = JSON.stringify({ search: true, action: true });
    const created = await multipart({ name: 'Eve', permissions, publickey: publicKey });
    expect(created.status).toBe(201);
    const { id } = firstOf(created).value;
    expect(firstOf(created).name).toBe(`Investigator ID ${id}`);
    const read = firstOf(await api.get(`/investigator?investigatorid=${id}`)).value;
    expect(read).toMatchObject({
      name: 'Eve',
      status: 'active',
      permissions: { search: true, action: true, command: false },
    });
    expect(Buffer.from(read.publickey, 'base64').toString()).toBe(publicKey);
    expect((await multipart({ name: 'Eve again', permissions, publickey: publicKey })).status).toBe(409);
    expect((await api.form('/investigator/update/', { id: String(id), status: 'disabled' })).status).toBe(
      200,
    );
    expect(firstOf(await api.get(`/investigator?investigatorid=${id}`)).value.status).toBe('disabled');
    expect((await api.form('/investigator/update/', { id: String(id), status: 'asleep' })).status).toBe(400);
    expect((await api.form('/investigator/update/', { id: String(id) })).status).toBe(400);
    expect((await multipart({ name: '', permissions })).status).toBe(400);
    expect(
      (await multipart({ name: 'x', permissions, publickey: 'no key' })).body.collection.error.code,
    ).toBe('key_malformed');
  });

  test('the last administrator cannot resign', async () => {
    const { rows } = await platform.pool.query(`SELECT id FROM investigators WHERE name = 'Bob Kelso'`);
    const answer = await api.form('/investigator/update/', {
      id: String(rows[0].id),
      permissions: '{"search":true}',
    });
    expect({ status: answer.status, message: answer.body.collection.error.message }).toEqual({
      status: 409,
      message: `Failed to update investigator: 'will not remove last admin'`,
    });
  });
});

test('with a certificate the API speaks TLS itself', async () => {
  const { files } = platform.slot.services.relay;
  const folder = dirname(files.ca);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  await using secure = await startApi({
    log,
    config: apiConfig(platform.slot, { tls: { cert: read('relay.crt'), key: read('relay.key') } }),
  });
  expect(secure.url).toMatch(/^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${secure.url}/heartbeat`, { ca: read('ca.crt') }, (response) => resolve(response.statusCode)).on(
      'error',
      reject,
    );
  });
  expect(status).toBe(200);
});

test('search attributes are registered once, however often the migration runs', async () => {
  const { address } = platform.slot.services.temporal;
  const namespace = platform.slot.name;
  expect(await registerSearchAttributes({ address, namespace })).toEqual([]);
});

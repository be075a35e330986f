import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { dirname, join } from 'node:path';
import { generateKey, type PrivateKey, type PublicKey, readKey, reformatKey, revokeKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { maskFromPermissions, type Permission, permissionsFromMask } from '../../contract/permissions.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
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

  test('are refused with a key that can never sign, with the reason', async () => {
    const refusal = async (publickey: string) => {
      const { status, body } = await multipart({ name: 'Eve', permissions: '{}', publickey });
      return { status, ...body.collection.error };
    };
    const fixture = (name: string) =>
      readFileSync(join(import.meta.dirname, `../fixtures/keys/${name}.asc`), 'utf8');
    for (const [name, reason] of [
      ['dsa-2048', 'is a DSA key'],
      ['rsa-1024', 'is RSA of 1024 bits, under 2,048'],
      ['brainpool', 'is on curve brainpoolP256r1'],
      ['secp256k1', 'is on curve secp256k1'],
      ['expired', 'expired at 2024-01-02'],
      ['encryption-only', 'is not for signing'],
      ['expired-subkey', 'may not sign'],
    ] as const) {
      expect(await refusal(fixture(name)), name).toMatchObject({
        status: 400,
        code: 'key_cannot_sign',
        message: expect.stringContaining(reason),
      });
    }
    expect(await refusal(fixture('dsa-2048') + fixture('expired'))).toMatchObject({
      code: 'key_malformed',
      message: expect.stringContaining('there are several'),
    });
    const permissions = '{"search":true}';
    const able = await multipart({ name: 'Subkey', permissions, publickey: fixture('offline-primary') });
    expect(able.status).toBe(201);
  });

  test('the last administrator cannot give up the permission', async () => {
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

describe('a renewed key', () => {
  const YESTERDAY = new Date(Date.now() - 24 * 3600_000);
  const SOON_S = 25 * 3600;
  type Made = { privateKey: PrivateKey; publicKey: PublicKey };
  const newKey = (): Promise<Made> =>
    generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: { name: 'Eve' },
      date: YESTERDAY,
      keyExpirationTime: SOON_S,
      format: 'object',
    });
  const extend = ({ privateKey }: Made): Promise<Made> =>
    reformatKey({
      privateKey,
      userIDs: [{ name: 'Eve' }, { name: 'Eve', email: 'eve@mig.invalid' }],
      keyExpirationTime: 0,
      format: 'object',
    });

  async function register(key: Made): Promise<number> {
    const body = new FormData();
    body.set('name', 'Eve');
    body.set('permissions', '{"search":true}');
    body.set('publickey', new Blob([key.publicKey.armor()]), 'key.asc');
    return firstOf(await api.send('/investigator/create/', { method: 'POST', body })).value.id;
  }
  const renew = (id: number, publickey: string) =>
    api.form('/investigator/update/', { id: String(id), publickey });
  async function storedKey(id: number): Promise<PublicKey> {
    const { publickey } = firstOf(await api.get(`/investigator?investigatorid=${id}`)).value;
    return readKey({ armoredKey: Buffer.from(publickey, 'base64').toString() });
  }

  test('replaces the stored one, and an older copy reverts nothing', async () => {
    const key = await newKey();
    const extended = await extend(key);
    const id = await register(key);
    expect(await (await storedKey(id)).getExpirationTime()).toBeInstanceOf(Date);
    for (const copy of [extended, key]) {
      const answer = await renew(id, copy.publicKey.armor());
      expect(answer.status).toBe(200);
      const stored = await storedKey(id);
      expect(await stored.getExpirationTime()).toBe(Number.POSITIVE_INFINITY);
      expect(stored.getUserIDs()).toHaveLength(2);
    }
    const { rows } = await platform.pool.query(
      `SELECT detail FROM audit WHERE kind = 'investigator_changed' AND objectid = $1`,
      [id],
    );
    expect(rows.map(({ detail }) => detail.publickey)).toEqual(['renewed', 'renewed']);
  });

  test('is used at once: an expired key signs again after its extension', async () => {
    const key = await newKey();
    const expired = await reformatKey({
      privateKey: key.privateKey,
      userIDs: { name: 'Eve' },
      keyExpirationTime: 3600,
      date: new Date(YESTERDAY.getTime() + 1000),
      format: 'object',
    });
    const id = await register(key);
    const stored = Buffer.from(expired.publicKey.armor());
    await platform.pool.query('UPDATE investigators SET publickey = $2 WHERE id = $1', [id, stored]);
    const ask = async () => {
      const time = new Date().toISOString().replace(/\.\d+Z/, 'Z');
      const head = `1;${time};${Math.floor(Math.random() * 2 ** 50)}`;
      const token = `${head};${await signText(`${head}\n`, (await extend(key)).privateKey)}`;
      const headers = { 'X-PGPAUTHORIZATION': token };
      return (await fetch(`${platform.apiUrl}/search?type=agent&limit=1`, { headers })).status;
    };
    expect(await ask()).toBe(401);
    expect((await renew(id, (await extend(key)).publicKey.armor())).status).toBe(200);
    expect(await ask()).not.toBe(401);
  });

  test('is refused with another fingerprint, when it cannot sign, and without a key to renew', async () => {
    const key = await newKey();
    const id = await register(key);
    const other = await renew(id, (await newKey()).publicKey.armor());
    expect(other.body.collection.error.code).toBe('key_fingerprint_mismatch');
    const revoked = await revokeKey({ key: key.privateKey, format: 'object' });
    const gone = await renew(id, revoked.publicKey.armor());
    expect(gone.body.collection.error).toMatchObject({
      code: 'key_cannot_sign',
      message: expect.stringContaining('the primary key is revoked'),
    });
    const body = new FormData();
    body.set('name', 'Keyless');
    body.set('permissions', '{}');
    const keyless = firstOf(await api.send('/investigator/create/', { method: 'POST', body })).value.id;
    expect((await renew(keyless, key.publicKey.armor())).status).toBe(409);
  });

  test('gives its owner no permission that its sender lacks', async () => {
    const key = await newKey();
    const id = await register(key);
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    const permit = (permissions: Permission[]) =>
      platform.pool.query(`UPDATE investigators SET permissions = $1 WHERE name = 'John Smith'`, [
        maskFromPermissions({
          ...permissionsFromMask(0),
          ...Object.fromEntries(permissions.map((name) => [name, true])),
        }),
      ]);
    const fields = { id: String(id), publickey: (await extend(key)).publicKey.armor() };
    await permit(['investigator_update']);
    expect((await john.form('/investigator/update/', fields)).status).toBe(403);
    await permit(['investigator_update', 'search']);
    expect((await john.form('/investigator/update/', fields)).status).toBe(200);
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
  const request = get(`${secure.url}/heartbeat`, { ca: read('ca.crt') });
  const [response] = await once(request, 'response');
  expect(response.statusCode).toBe(200);
});

test('search attributes are registered once, however often the migration runs', async () => {
  const { address } = platform.slot.services.temporal;
  const namespace = platform.slot.name;
  expect(await registerSearchAttributes({ address, namespace })).toEqual([]);
});

import { readdirSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

let slot: Slot;
let api: Pool;
let scheduler: Pool;

beforeAll(async () => {
  slot = await openSlot();
  api = createPool({ url: slot.urlOf('migapi', slot.name), name: 'test', max: 1 });
  scheduler = createPool({ url: slot.urlOf('migscheduler', slot.name), name: 'test', max: 1 });
});
afterAll(async () => {
  await api.end();
  await scheduler.end();
  await slot[Symbol.asyncDispose]();
});

const DENIED = /permission denied|must be owner|not allowed|read-only|cannot execute/;
test('the API cannot change an action, write a command or escape its own grants', async () => {
  await expect(api.query(`UPDATE actions SET target = 'true'`)).rejects.toThrow(DENIED);
  await expect(
    api.query(
      `INSERT INTO commands (actionid, agentid, queueloc, status, starttime) VALUES (1,1,'x','sent',now())`,
    ),
  ).rejects.toThrow(DENIED);
  await expect(api.query('DELETE FROM actions')).rejects.toThrow(DENIED);
  await expect(api.query('DROP TABLE actions')).rejects.toThrow(DENIED);
});

test('the worker can read investigators, but not write them', async () => {
  expect((await scheduler.query('SELECT name FROM investigators')).rows.length).toBeGreaterThan(0);
  for (const statement of [
    `INSERT INTO investigators (name, status, createdat, lastmodified) VALUES ('x', 'active', now(), now())`,
    `INSERT INTO investigators (id, name, status, createdat, lastmodified) VALUES (7, 'x', 'active', now(), now())`,
    `UPDATE investigators SET permissions = 524287`,
    `UPDATE investigators SET status = 'active'`,
    `UPDATE investigators SET publickey = 'x'`,
    `UPDATE investigators SET name = 'x'`,
    'DELETE FROM investigators',
    'TRUNCATE investigators CASCADE',
    `SELECT nextval('investigators_id_seq')`,
    'SELECT * FROM investigators FOR UPDATE',
    'UPDATE administration SET changes = 0',
    'ALTER TABLE investigators DISABLE TRIGGER USER',
  ]) {
    await expect(scheduler.query(statement), statement).rejects.toThrow(DENIED);
  }
});

test('the API can renew only the key it has read, of one investigator, and the worker none', async () => {
  const { fingerprint, publicKey } = slot.people.bob;
  const stored = Buffer.from(publicKey);
  const keyOf = async () => {
    const { rows } = await slot.admin.query(
      'SELECT id, publickey FROM investigators WHERE pgpfingerprint = $1',
      [fingerprint],
    );
    return rows[0];
  };
  const { id } = await keyOf();
  const renew = async (pool: Pool, values: unknown[]) =>
    (await pool.query('SELECT renew_public_key($1, $2, $3) AS isdone', values)).rows[0].isdone;
  await expect(renew(scheduler, [id, stored, stored])).rejects.toThrow(DENIED);
  expect(await renew(api, [id, Buffer.from('another'), stored])).toBe(false);
  expect(await renew(api, [id, stored, null])).toBe(false);
  expect(await renew(api, [-1, stored, stored])).toBe(false);
  expect((await keyOf()).publickey).toEqual(stored);
  expect(await renew(api, [id, stored, Buffer.from('renewed')])).toBe(true);
  expect((await keyOf()).publickey.toString()).toBe('renewed');
  expect(await renew(api, [id, Buffer.from('renewed'), stored])).toBe(true);
});

test('of loaders and manifests the API changes no more than its routes do, and the worker nothing', async () => {
  const loader = (columns: string, values: string) =>
    `INSERT INTO loaders (loadername, keyprefix, loaderkey, salt, lastseen${columns})
     VALUES ('l', 'p', sha256('k'), substr(sha256('s'), 1, 16), now()${values})`;
  const manifest = (columns: string, values: string) =>
    `INSERT INTO manifests (name, content, timestamp, status, target${columns})
     VALUES ('m', 'c', now(), 'staged', 'true'${values})`;
  for (const statement of [
    loader(', enabled', ', true'),
    loader(', id', ', 7'),
    `UPDATE loaders SET loadername = 'x'`,
    `UPDATE loaders SET keyprefix = 'x'`,
    'DELETE FROM loaders',
    manifest(', withdrawnat', ', now()'),
    manifest(', id', ', 7'),
    `UPDATE manifests SET content = 'x'`,
    `UPDATE manifests SET target = 'true'`,
    `UPDATE manifests SET name = 'x'`,
    'DELETE FROM manifests',
    `UPDATE manifest_files SET data = 'x'`,
    `UPDATE manifest_files SET sha256 = sha256('x')`,
    'DELETE FROM manifest_files',
    `UPDATE manifestsig SET pgpsignature = 'x'`,
    `SELECT mig_target.match_loader(1, ARRAY['true'])`,
    `SELECT mig_target.choose_loaders('true')`,
    `SELECT mig_target.explain_loaders('true')`,
  ]) {
    for (const pool of [api, scheduler])
      await expect(pool.query(statement), statement).rejects.toThrow(DENIED);
  }
  await expect(scheduler.query(loader('', ''))).rejects.toThrow(DENIED);
  await expect(scheduler.query(manifest('', ''))).rejects.toThrow(DENIED);
  await api.query(loader('', ''));
  await api.query(manifest('', ''));
});

test('nobody brings a disabled manifest back, not even the owner of the database', async () => {
  await slot.admin.query(
    `INSERT INTO manifests (name, content, timestamp, status, target) VALUES ('off', 'c', now(), 'disabled', 'true')`,
  );
  for (const pool of [api, slot.admin])
    for (const status of ['active', 'staged'])
      await expect(
        pool.query(`UPDATE manifests SET status = $1 WHERE name = 'off'`, [status]),
      ).rejects.toThrow(/stays disabled/);
});

test('of the inbox and the published ACL the API changes no more than its routes do, and the worker reads nothing', async () => {
  const entry = (columns: string, values: string) =>
    `INSERT INTO inbox (action, digest, name, target, modules, validfrom, expireafter, note, notesignature, submittedby${columns})
     SELECT '{}', sha256('t'), 'n', 'true', '{file}', now(), now(), '{}', 's', min(id)${values} FROM investigators`;
  for (const statement of [
    entry(', id', ', 7'),
    entry(', state', `, 'launched'`),
    entry(', submittedat', ', now()'),
    `UPDATE inbox SET action = '{}'`,
    `UPDATE inbox SET note = '{}'`,
    `UPDATE inbox SET digest = sha256('x')`,
    `UPDATE inbox SET expireafter = 'infinity'`,
    `UPDATE inbox SET submittedby = 1`,
    'DELETE FROM inbox',
    `UPDATE inbox_signatures SET signature = 'x'`,
    'DELETE FROM inbox_signatures',
    `UPDATE acls SET document = '{}'`,
    'DELETE FROM acls',
    `INSERT INTO acls (version, document, signature, publishedby, publishedat) VALUES (1, '{}', 's', 1, now())`,
  ]) {
    for (const pool of [api, scheduler])
      await expect(pool.query(statement), statement).rejects.toThrow(DENIED);
  }
  for (const table of ['inbox', 'inbox_signatures', 'acls'])
    await expect(scheduler.query(`SELECT FROM ${table}`), table).rejects.toThrow(DENIED);
  await api.query(entry('', ''));
});

test('an entry of the inbox that has ended stays so, even for the owner of the database', async () => {
  await slot.admin.query(
    `UPDATE inbox SET state = 'withdrawn', endedby = submittedby, endedat = now() WHERE name = 'n'`,
  );
  for (const pool of [api, slot.admin]) {
    await expect(
      pool.query(`UPDATE inbox SET state = 'waiting', endedby = NULL, endedat = NULL WHERE name = 'n'`),
    ).rejects.toThrow(/stays as it is/);
  }
});

test('of webhooks the API reads no secret, and the worker makes none', async () => {
  const webhook = `INSERT INTO webhooks (name, url, types, createdby)
    SELECT 'w', 'https://example.net/', '{}', min(id) FROM investigators`;
  await api.query(webhook);
  await api.query(
    `INSERT INTO webhook_secrets (webhookid, secret) SELECT id, decode(repeat('ab', 32), 'hex') FROM webhooks`,
  );
  for (const statement of [
    'SELECT secret FROM webhook_secrets',
    'SELECT * FROM webhook_secrets',
    'INSERT INTO webhook_secrets (webhookid, secret) SELECT webhookid, secret FROM webhook_secrets RETURNING secret',
    `UPDATE webhook_secrets SET secret = sha256('x')`,
    'DELETE FROM webhook_secrets',
    'DELETE FROM webhook_deliveries',
    'UPDATE webhooks SET createdby = 1',
    'DELETE FROM events',
    'SELECT FROM event_parts',
    'SELECT FROM event_readers',
  ]) {
    await expect(api.query(statement), statement).rejects.toThrow(DENIED);
  }
  for (const statement of [
    webhook,
    `UPDATE webhooks SET url = 'https://example.org/'`,
    'DELETE FROM webhooks',
    `INSERT INTO webhook_secrets (webhookid, secret) SELECT id, sha256('x') FROM webhooks`,
    `UPDATE webhook_secrets SET secret = sha256('x')`,
    `UPDATE events SET detail = '{}'`,
  ]) {
    await expect(scheduler.query(statement), statement).rejects.toThrow(DENIED);
  }
  const { rows } = await scheduler.query('SELECT secret FROM webhook_secrets');
  expect(rows).toHaveLength(1);
});

const add = (columns: string, values: string) => `INSERT INTO audit (${columns}) VALUES (${values})`;

test('the audit trail only grows, even for its owner and a superuser', async () => {
  const superuser = new pg.Client({
    connectionString: slot.services.postgres.superuserUrl.replace(/[^/]*$/, slot.name),
  });
  await superuser.connect();
  await api.query(add('source, kind, outcome, isproven', `'api', 'login', 'refused', false`));
  for (const statement of [
    `UPDATE audit SET actor = 'x'`,
    'UPDATE audit SET at = now() WHERE false',
    'DELETE FROM audit',
    'DELETE FROM audit WHERE id = 1',
    'TRUNCATE audit',
    'TRUNCATE audit CASCADE',
    `MERGE INTO audit USING (SELECT 1 AS id) one ON audit.id = one.id WHEN MATCHED THEN DELETE`,
    `INSERT INTO audit (source, kind, outcome) VALUES ('temporal', 'x', 'done') ON CONFLICT (id) DO UPDATE SET kind = 'y'`,
  ]) {
    for (const pool of [api, scheduler])
      await expect(pool.query(statement), statement).rejects.toThrow(DENIED);
    await expect(slot.admin.query(statement), statement).rejects.toThrow(/only grows/);
    await expect(superuser.query(statement), statement).rejects.toThrow(/only grows/);
  }
  await superuser.query(`SET session_replication_role = replica`);
  await expect(superuser.query('DELETE FROM audit')).rejects.toThrow(/only grows/);
  await superuser.end();
  for (const pool of [api, scheduler]) {
    await expect(pool.query('ALTER TABLE audit DISABLE TRIGGER ALL')).rejects.toThrow(DENIED);
    await expect(pool.query('DROP TABLE audit')).rejects.toThrow(DENIED);
  }
});

test('no role can choose the time or source of a row, and the worker cannot claim proof', async () => {
  for (const pool of [api, scheduler]) {
    for (const [column, value] of [
      ['at', 'now()'],
      ['recordedby', `'migapi'`],
      ['orderid', '1'],
      ['id', '7'],
    ])
      await expect(
        pool.query(add(`source, kind, outcome, ${column}`, `'temporal', 'login', 'done', ${value}`)),
      ).rejects.toThrow(/permission denied|cannot insert a non-DEFAULT/);
  }
  await expect(scheduler.query('SELECT actor FROM audit')).rejects.toThrow(DENIED);
  for (const column of ['isproven', 'investigatorid', 'fingerprint', 'address']) {
    await expect(
      scheduler.query(add(`source, kind, outcome, ${column}`, `'temporal', 'pause', 'done', NULL`)),
    ).rejects.toThrow(DENIED);
  }
  await expect(scheduler.query(add('source, kind, outcome', `'api', 'login', 'done'`))).rejects.toThrow(
    /check/,
  );
  await expect(scheduler.query(`SELECT audit_complete()`)).rejects.toThrow();
});

test('a private key cannot be stored by any role', async () => {
  await expect(
    slot.admin.query(`UPDATE investigators SET privatekey = 'x' WHERE name = 'migscheduler'`),
  ).rejects.toThrow(/check constraint/);
});

test('migrations run from several processes at once apply each file once', async () => {
  const { migrate } = await import('../../platform/postgres/migrate.ts');
  const name = `${slot.name}-migrate`;
  const superuser = new pg.Client({ connectionString: slot.services.postgres.superuserUrl });
  await superuser.connect();
  await superuser.query(`CREATE DATABASE "${name}" OWNER migadmin`);
  const url = slot.services.postgres.urlOf('migadmin', name);
  const pools = [1, 2, 3].map(() => createPool({ url, name: 'test', max: 1 }));
  const applied = (await Promise.all(pools.map((pool) => migrate(pool)))).flat().sort();
  await Promise.all(pools.map((pool) => pool.end()));
  await superuser.query(`DROP DATABASE "${name}"`);
  await superuser.end();
  const files = readdirSync(new URL('../../platform/postgres/migrations/', import.meta.url));
  expect(applied).toEqual(files.filter((file) => file.endsWith('.sql')).sort());
});

test('a version of a saved question is stored once and never changed, and the worker reads none', async () => {
  const version = (columns: string, values: string) =>
    `INSERT INTO questions (name, version, document, digest, signature, description, savedby${columns})
     SELECT 'q', 1, '{}', sha256('{}'), 's', '', min(id)${values} FROM investigators`;
  await api.query(version('', ''));
  await api.query(
    `INSERT INTO question_removals (name, version, removedby) SELECT 'q', 1, min(id) FROM investigators`,
  );
  for (const statement of [
    version(', savedat', ', now()'),
    `UPDATE questions SET document = 'x'`,
    `UPDATE questions SET version = 2`,
    'DELETE FROM questions',
    'TRUNCATE questions CASCADE',
    'DELETE FROM question_removals',
    'UPDATE question_removals SET version = 2',
  ]) {
    for (const pool of [api, scheduler])
      await expect(pool.query(statement), statement).rejects.toThrow(DENIED);
  }
  for (const table of ['questions', 'question_removals'])
    await expect(scheduler.query(`SELECT FROM ${table}`), table).rejects.toThrow(DENIED);
});

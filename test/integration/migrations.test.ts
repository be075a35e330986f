import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { freePort } from '../../dev/ports.ts';
import { migrate } from '../../platform/postgres/migrate.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

const MIGRATIONS = new URL('../../platform/postgres/migrations/', import.meta.url);

/** Creates a database with the migrations before the named one, as an older platform left it. */
async function openOldDatabase({ services, name }: Slot, before: string) {
  const database = `${name}-old`;
  const superuser = new pg.Client({ connectionString: services.postgres.superuserUrl });
  await superuser.connect();
  await superuser.query(`CREATE DATABASE "${database}" OWNER migadmin`);
  const pool = createPool({ url: services.postgres.urlOf('migadmin', database), name: 'test', max: 1 });
  await pool.query('CREATE TABLE migrations (name text PRIMARY KEY, appliedat timestamptz DEFAULT now())');
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql') && file < before);
  for (const file of files.sort()) await applyFile(pool, file);
  return {
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await superuser.query(`DROP DATABASE "${database}"`);
      await superuser.end();
    },
  };
}

async function applyFile(pool: Pool, file: string): Promise<void> {
  await pool.query(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
  await pool.query('INSERT INTO migrations (name) VALUES ($1)', [file]);
}

test('rows with U+0000 of an older platform are repaired, and text that only resembles it stays', async () => {
  await using slot = await openSlot();
  await using old = await openOldDatabase(slot, '0007');
  const json = String.raw`{"a\u0000b":"\u0000\u0000c","kept":"\\u0000","both":"\\\u0000"}`;
  await expect(old.pool.query('SELECT $1::json::jsonb', [json])).rejects.toThrow(
    /unsupported Unicode escape/,
  );
  await old.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES ('old', 'linux.old.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{}', $1)`,
    [json],
  );
  await old.pool.query(
    `INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ('old', 'true', $1, $1, '[]', now(), now(), 'completed', 2, '[]'),
       ('clean', 'true', '{"url":"x"}', '{}', '[]', now(), now(), 'completed', 2, '[]')`,
    [json],
  );
  expect(await migrate(old.pool)).toContain('0007_hostile_messages.sql');
  const mended = { aNULLb: 'NULLNULLc', kept: String.raw`\u0000`, both: String.raw`\NULL` };
  const agents = await old.pool.query('SELECT tags::jsonb AS tags FROM agents');
  expect(agents.rows).toEqual([{ tags: mended }]);
  const actions = await old.pool.query(
    'SELECT description::jsonb AS description, threat::jsonb AS threat FROM actions ORDER BY name',
  );
  expect(actions.rows).toEqual([
    { description: { url: 'x' }, threat: {} },
    { description: mended, threat: mended },
  ]);
});

test('an upgrade of an older platform keeps the commands of its steps', async () => {
  await using slot = await openSlot();
  await using old = await openOldDatabase(slot, '0020');
  await old.pool.query(
    `INSERT INTO agents (id, name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     VALUES (1, 'old', 'linux.old.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}')`,
  );
  await old.pool.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES (10, 'upgrade', 'true', '{}', '{}', '[]', now(), now(), 'inflight', 2, '[]')`,
  );
  await old.pool.query(
    `INSERT INTO commands (id, actionid, agentid, queueloc, status, starttime)
     SELECT id, 10, 1, 'linux.old.' || id, 'sent', now() FROM generate_series(20, 24) AS id`,
  );
  await old.pool.query(
    `INSERT INTO upgrades (commandid, actionid, queueloc, step, killid, checkid, removeid)
     VALUES (20, 10, 'linux.old.1', 'removal sent', 21, 22, 23), (24, 10, 'linux.old.1', 'waiting', NULL, NULL, NULL)`,
  );
  expect(await migrate(old.pool)).toContain('0020_upgrade_commands.sql');
  const { rows } = await old.pool.query(
    'SELECT recordid, step, commandid FROM upgrade_commands ORDER BY commandid',
  );
  expect(rows).toEqual([
    { recordid: 20, step: 'sent', commandid: 20 },
    { recordid: 20, step: 'kill sent', commandid: 21 },
    { recordid: 20, step: 'check sent', commandid: 22 },
    { recordid: 20, step: 'removal sent', commandid: 23 },
  ]);
});

test('npm run migrate reports an unreachable Temporal in a sentence, after migrating the database', async () => {
  await using slot = await openSlot();
  const address = `127.0.0.1:${await freePort()}`;
  const env = {
    PATH: process.env.PATH,
    MIG_POSTGRES_URL: slot.services.postgres.urlOf('migadmin', slot.name),
    TEMPORAL_ADDRESS: address,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', 'worker/migrate.ts'], { env, cwd: ROOT });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: 'the database is up to date\n',
    stderr: `Temporal cannot be reached at ${address}: no answer; start it there, or correct TEMPORAL_ADDRESS and the settings beside it\n`,
  });
});

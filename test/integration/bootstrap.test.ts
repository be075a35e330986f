import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ALL_PERMISSIONS } from '../../contract/permissions.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { generateSigningKey } from '../../platform/openpgp/generate.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { openSlot, type Slot } from '../setup/platform.ts';

let slot: Slot;
const folder = mkdtempSync(join(tmpdir(), 'mig-bootstrap-'));

beforeAll(async () => {
  slot = await openSlot();
});
beforeEach(async () => {
  // The database keeps the last administrator, so the test makes it forget that there were any.
  await slot.admin.query(`ALTER TABLE investigators DISABLE TRIGGER administrator_changed`);
  await slot.admin.query(`UPDATE investigators SET status = 'disabled'`);
  await slot.admin.query(`ALTER TABLE investigators ENABLE TRIGGER administrator_changed`);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await slot?.[Symbol.asyncDispose]();
});

async function newKey(name: string): Promise<{ file: string; fingerprint: string; privateKey: string }> {
  const { publicKey, privateKey, fingerprint } = await generateSigningKey(name, 'x@mig.invalid');
  const file = join(folder, `${fingerprint}.asc`);
  writeFileSync(file, publicKey);
  return { file, fingerprint, privateKey };
}

async function bootstrap(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), 'bootstrap', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      MIG_POSTGRES_URL: slot.urlOf('migadmin', slot.name),
      ...env,
    },
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { stdout, stderr, status };
}

const active = async () =>
  (
    await slot.admin.query(
      `SELECT name, pgpfingerprint, permissions FROM investigators WHERE status = 'active'`,
    )
  ).rows;
const auditCount = async () =>
  (await slot.admin.query(`SELECT FROM audit WHERE kind = 'bootstrap'`)).rowCount;

test('makes the first administrator once, with an entry in the audit trail, and nobody after', async () => {
  const before = (await auditCount()) ?? 0;
  const { file, fingerprint } = await newKey('Ann');
  const first = await bootstrap(['-name', 'Ann Brown', '-key', file]);
  expect(first, first.stderr).toMatchObject({ status: 0 });
  expect(first.stdout).toMatch(
    new RegExp(`^investigator \\d+, Ann Brown \\(${fingerprint}\\), is the first administrator now\n$`),
  );
  expect(await active()).toEqual([
    { name: 'Ann Brown', pgpfingerprint: fingerprint, permissions: ALL_PERMISSIONS },
  ]);
  const again = await bootstrap(['-name', 'Ann Brown', '-key', file]);
  expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing was changed') });
  const other = await bootstrap(['-name', 'Eve Other', '-key', (await newKey('Eve')).file]);
  expect(other).toMatchObject({ status: 3, stdout: '' });
  expect(other.stderr).toContain(`there is an administrator already: Ann Brown (${fingerprint})`);
  expect(await active()).toHaveLength(1);
  const { rows } = await slot.admin.query(`SELECT * FROM audit WHERE kind = 'bootstrap' ORDER BY id DESC`);
  expect(rows).toHaveLength(before + 1);
  expect(rows[0]).toMatchObject({
    source: 'start',
    outcome: 'done',
    isproven: false,
    detail: { name: 'Ann Brown', fingerprint },
  });
});

test('of several at the same time makes one', async () => {
  const keys = await Promise.all(['One', 'Two', 'Three'].map(newKey));
  const runs = await Promise.all(keys.map(({ file }, i) => bootstrap(['-name', `Racer ${i}`, '-key', file])));
  expect(runs.map(({ status }) => status).sort()).toEqual([0, 3, 3]);
  expect(await active()).toHaveLength(1);
});

test('refuses wrong keys, names, roles and databases, and makes nobody', async () => {
  const { file, privateKey } = await newKey('Dan');
  const privateFile = join(folder, 'private.asc');
  writeFileSync(privateFile, privateKey);
  const named = ['-name', 'Dan Dare', '-key', file];
  for (const [args, env, status, problem] of [
    [['-key', file], {}, 2, 'without a terminal, give it with -name'],
    [['-name', 'Dan Dare'], {}, 2, 'without a terminal, give it with -key'],
    [['-name', 'ab', '-key', file], {}, 2, '--name must have 3 to 1024 characters'],
    [['-name', 'a\u001b[2Jb', '-key', file], {}, 2, 'no control or invisible'],
    [['-name', 'Dan Dare', '-key', privateFile], {}, 1, 'this is a private key'],
    [['-name', 'Dan Dare', '-key', join(folder, 'missing')], {}, 1, 'there is no such file'],
    [['-nmae', 'Dan Dare', '-key', file], {}, 2, 'did you mean -name?'],
    [named, { MIG_POSTGRES_URL: '' }, 1, 'MIG_POSTGRES_URL'],
    [
      named,
      { MIG_POSTGRES_URL: slot.urlOf('migapi', slot.name) },
      1,
      'must be the owner of the database, migadmin',
    ],
    [named, { MIG_POSTGRES_URL: 'postgres://migadmin:x@127.0.0.1:1/mig' }, 1, 'MIG_POSTGRES_URL'],
  ] as const) {
    const run = await bootstrap(args, env);
    expect({ status: run.status, stdout: run.stdout }, `${args.join(' ')} ${run.stderr}`).toEqual({
      status,
      stdout: '',
    });
    expect(run.stderr).toContain(problem);
  }
  expect(await active()).toEqual([]);
});

test('refuses the key of somebody who was an investigator before', async () => {
  const { file, fingerprint } = await newKey('Old');
  await slot.admin.query(
    `INSERT INTO investigators (name, pgpfingerprint, status, createdat, lastmodified, permissions)
     VALUES ('Old Hand', $1, 'disabled', now(), now(), 63)`,
    [fingerprint],
  );
  const run = await bootstrap(['-name', 'Old Hand', '-key', file]);
  expect(run).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('use another key') });
});

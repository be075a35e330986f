import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateSigningKey } from '../../platform/openpgp/generate.ts';
import { auditRows } from '../setup/audit-rows.ts';
import { CTRL_C, CTRL_D, runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;
const folder = mkdtempSync(join(tmpdir(), 'mig-investigators-'));
const pathOf = (name: string) => join(folder, name);

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await platform?.[Symbol.asyncDispose]();
});

async function newKey(name: string): Promise<{ file: string; fingerprint: string; privateKey: string }> {
  const { publicKey, privateKey, fingerprint } = await generateSigningKey(name, 'x@mig.invalid');
  const file = pathOf(`${fingerprint}.asc`);
  writeFileSync(file, publicKey);
  return { file, fingerprint, privateKey };
}

/** Everybody, without permissions for more, from flags alone. */
const ANSWERS = ['-admin', 'no', '-loaders', 'no', '-manifests', 'no'];

async function create(name: string): Promise<{ file: string; fingerprint: string; id: string }> {
  const key = await newKey(name);
  const run = await bob.mig(['investigators', 'create', '-name', name, ...ANSWERS, '-key', key.file]);
  expect(run, run.stderr).toMatchObject({ status: 0 });
  return { ...key, id: String(/^investigator (\d+) created/.exec(run.stdout)?.[1]) };
}

const investigatorsNamed = async (name: string) =>
  (await platform.pool.query('SELECT id FROM investigators WHERE name = $1', [name])).rows.length;

describe('mig investigators create', () => {
  test('registers an investigator from flags, with the default permissions, and show prints the record', async () => {
    const { id, fingerprint, file } = await create('Ann Brown');
    for (const word of [id, 'Ann Brown', fingerprint, fingerprint.toLowerCase()]) {
      const { stdout } = await bob.mig(['investigators', 'show', word]);
      expect(stdout).toContain(
        `investigator ${id}: Ann Brown\n  status       active\n  key          ${fingerprint}\n`,
      );
      expect(stdout).toMatch(
        /^ {2}permissions {2}Default: search, action, action_create, command, agent, dashboard$/m,
      );
    }
    const { publickey } = JSON.parse((await bob.mig(['investigators', 'show', id, '--json'])).stdout);
    expect(Buffer.from(publickey, 'base64').toString()).toContain('BEGIN PGP PUBLIC KEY BLOCK');
    expect((await bob.mig(['investigators', 'key', id])).stdout).toBe(
      readFileSync(file, 'utf8').replaceAll('\r', ''),
    );
    const rows = await auditRows(platform, `objectid = $1`, [Number(id)]);
    expect(rows.map(({ kind }) => kind)).toEqual(['investigator_created']);
  });

  test('asks on a terminal for what no flag says, and again after an answer that is neither yes nor no', async () => {
    const { file, fingerprint } = await newKey('Cat');
    const { status, shown } = await runOnTerminal(
      ['investigators', 'create', '-c', bob.migrc],
      [
        ['name of the investigator: ', 'Cat Stevens\n'],
        ['may they manage investigators? (yes/no) ', 'no\n'],
        ['may they manage loaders? (yes/no) ', 'perhaps\n'],
        ['may they manage loaders? (yes/no) ', 'YES\n'],
        ['may they manage manifests? (yes/no) ', 'n\n'],
        ['or none: ', `${file}\n`],
        ['create this investigator? [y/N] ', 'y\n'],
      ],
    );
    expect({ status, shown }).toMatchObject({ status: 0 });
    expect(shown).toContain(`public key   ${fingerprint} Cat`);
    expect(shown).toMatch(/investigator \d+ created: Cat Stevens/);
    const { stdout } = await bob.mig(['investigators', 'show', 'Cat Stevens']);
    expect(stdout).toMatch(/^ {2}permissions {2}Default, PermLoader: /m);
  });

  test.each([
    ['the end of the input at the name', [['name of the investigator: ', CTRL_D]], 2],
    ['Ctrl-C at the name', [['name of the investigator: ', CTRL_C]], 2],
    ['an empty name', [['name of the investigator: ', '\n']], 2],
    [
      'Ctrl-D at a decision',
      [
        ['name of the investigator: ', 'Nobody\n'],
        ['investigators? (yes/no) ', CTRL_D],
      ],
      2,
    ],
  ] as const)('creates nobody after %s', async (_, answers, expected) => {
    const { status, shown } = await runOnTerminal(['investigators', 'create', '-c', bob.migrc], answers);
    expect({ status, shown }).toMatchObject({ status: expected });
    expect(shown).toContain('no answer');
    expect(await investigatorsNamed('Nobody')).toBe(0);
  });

  test.each([
    ['no', 'n\n'],
    ['Ctrl-C', CTRL_C],
    ['the end of the input', CTRL_D],
  ])('creates nobody when the last answer is %s', async (_, typed) => {
    const args = ['investigators', 'create', '-name', 'Nobody', ...ANSWERS, '-nokey', '-c', bob.migrc];
    const { status } = await runOnTerminal(args, [['create this investigator? [y/N] ', typed]]);
    expect(status).toBe(130);
    expect(await investigatorsNamed('Nobody')).toBe(0);
  });

  test('refuses wrong flags and keys before it asks the API, naming them', async () => {
    const { file, privateKey } = await newKey('Dan');
    const privateFile = pathOf('private.asc');
    writeFileSync(privateFile, privateKey);
    const twoKeys = pathOf('two.asc');
    writeFileSync(twoKeys, readFileSync(file, 'utf8') + readFileSync((await newKey('Eve')).file, 'utf8'));
    const noKey = pathOf('no-key.asc');
    writeFileSync(noKey, 'hello');
    const named = ['-name', 'Dan Dare', ...ANSWERS];
    for (const [args, problem] of [
      [
        [...ANSWERS, '-key', file],
        'name of the investigator: missing; without a terminal, give it with -name',
      ],
      [['-name', 'Dan Dare', '-key', file], 'without a terminal, give it with -admin'],
      [named, 'without a terminal, give it with -key or -nokey'],
      [[...named, '-key', file, '-nokey'], '-key and -nokey cannot be used together'],
      [['-name', 'ab', ...ANSWERS, '-nokey'], '-name must have at least 3 characters'],
      [['-name', '12345', ...ANSWERS, '-nokey'], '-name must not be a number'],
      [['-name', 'a\u001b[2Jb', ...ANSWERS, '-nokey'], '-name must not have control or invisible characters'],
      [['-name', 'Dan Dare', '-admin', 'maybe', '-nokey'], '-admin must be one of yes, no, not "maybe"'],
      [[...named, '-permissions', 'search', '-nokey'], '-permissions and -admin cannot be used together'],
      [
        ['-name', 'Dan Dare', '-permissions', 'serach', '-nokey'],
        'there is no permission "serach"; did you mean search?',
      ],
      [[...named, '-key', privateFile], 'this is a private key; only public keys belong here'],
      [[...named, '-key', twoKeys], 'expected one key, there are several'],
      [[...named, '-key', noKey], 'not an armored PGP public key'],
      [[...named, '-key', pathOf('missing')], 'there is no such file'],
      [[...named, '-kye', file], 'did you mean -key?'],
    ] as const) {
      const run = await bob.mig(['investigators', 'create', ...args]);
      expect([1, 2, 3], run.stderr).toContain(run.status);
      expect(run.stderr).toContain(problem);
    }
    expect(await investigatorsNamed('Dan Dare')).toBe(0);
  });

  test('says what to do when the API refuses', async () => {
    const lacking = await john.mig(['investigators', 'create', '-name', 'Nobody', ...ANSWERS, '-nokey']);
    expect(lacking).toMatchObject({ status: 3, stdout: '' });
    expect(lacking.stderr).toContain('needs investigator_create');
    const { bob: own } = platform.people;
    const file = pathOf('bob.asc');
    writeFileSync(file, own.publicKey);
    const twice = await bob.mig(['investigators', 'create', '-name', 'Bob again', ...ANSWERS, '-key', file]);
    expect(twice.stderr).toContain('mig investigators key <investigator> -renew <file> renews a key');
    const { id } = await create('Creator');
    await bob.mig(['investigators', 'permissions', 'John Smith', '-add', 'PermAdmin']);
    const beyond = await john.mig(['investigators', 'permissions', id, '-add', 'loader']);
    await bob.mig(['investigators', 'permissions', 'John Smith', '-remove', 'PermAdmin']);
    expect(beyond).toMatchObject({ status: 3, stdout: '' });
    expect(beyond.stderr).toContain('you cannot grant what you lack: loader');
    expect(beyond.stderr).toContain('whoever has these permissions can grant them');
  });
});

describe('an investigator', () => {
  test('is disabled and enabled once each, and the last administrator cannot be', async () => {
    const { id } = await create('Fay Wray');
    expect((await bob.mig(['investigators', 'disable', 'Fay Wray'])).stdout).toBe(
      `investigator ${id} (Fay Wray) is disabled: their key and API key are no longer accepted\n`,
    );
    const again = await bob.mig(['investigators', 'disable', id]);
    expect(again).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('is disabled already'),
    });
    expect((await bob.mig(['investigators', 'enable', id])).status).toBe(0);
    const kinds = await auditRows(platform, `objectid = $1`, [Number(id)]);
    expect(kinds.map(({ kind }) => kind)).toHaveLength(3);
    const last = await bob.mig(['investigators', 'disable', 'Bob Kelso']);
    expect(last).toMatchObject({ status: 3, stdout: '' });
    expect(last.stderr).toContain('first make another investigator an administrator');
  });

  test('gets and loses permissions by name and by set, and what would not change is not sent', async () => {
    const { id } = await create('Gil Bates');
    const permissions = (...args: string[]) => bob.mig(['investigators', 'permissions', id, ...args]);
    expect((await permissions()).stdout.split('\n')).toContain('action_create');
    const added = await permissions('-add', 'permmanifest,loader');
    expect(added.stdout).toBe(
      `investigator ${id} (Gil Bates) has Default, PermLoader (partial), PermManifest\n`,
    );
    expect(added.stderr).toContain('  adds     loader, manifest, manifest_sign');
    const replaced = await permissions('-set', 'PermAdmin', '-remove', 'dashboard', '--json');
    expect(JSON.parse(replaced.stdout)).toMatchObject({
      search: true,
      investigator: true,
      dashboard: false,
      loader: false,
    });
    const same = await permissions('-remove', 'dashboard');
    expect(same).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('nothing was changed'),
    });
    for (const [args, problem] of [
      [['-add', 'Admin'], 'there is no permission "Admin"'],
      [['-add', ','], '-add names no permission'],
      [['-add', 'loader', '-remove', 'loader'], '-remove names a permission that -set or -add gives'],
      [['-ad', 'loader'], 'did you mean -add?'],
    ] as const)
      expect(await permissions(...args)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(problem),
      });
  });

  test('gets an API key, which is printed once and alone, and works until it ends', async () => {
    const { id } = await create('Hal Nine');
    const apiKey = (order: string) => bob.mig(['investigators', 'apikey', order, id]);
    const { stdout, stderr } = await apiKey('new');
    expect(stdout).toMatch(/^[A-Za-z0-9]{32}\n$/);
    expect(stderr).toContain('nobody can read again');
    expect(stderr).not.toContain(stdout.trim());
    const ask = async () =>
      (await fetch(`${platform.apiUrl}/dashboard`, { headers: { 'X-MIGAPIKEY': stdout.trim() } })).status;
    expect(await ask()).toBe(200);
    expect((await bob.mig(['investigators', 'show', id])).stdout).toContain('API key      set');
    expect(stderr).not.toContain('no longer accepted');
    expect((await apiKey('new')).stderr).toContain('the key before it is no longer accepted');
    expect(await ask()).toBe(401);
    expect((await apiKey('end')).stdout).toContain('has no API key any more');
    expect((await apiKey('end')).stderr).toContain('has no API key: nothing was changed');
    const typo = await apiKey('nwe');
    expect(typo).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean new?') });
  });

  test('gets a newer copy of the key, and never another key', async () => {
    const { id, file } = await create('Ida Know');
    const other = await newKey('Other');
    const refused = await bob.mig(['investigators', 'key', id, '-renew', other.file]);
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toContain('another key needs another investigator');
    expect(await bob.mig(['investigators', 'key', id, '-renew', file])).toMatchObject({
      status: 0,
      stdout: `the key of investigator ${id} (Ida Know) is renewed\n`,
    });
  });

  test('with a hostile name cannot control the terminal, and one of two with the same name is named by id', async () => {
    const name = 'x\u001b[2J\u202egpj';
    const { rows } = await platform.pool.query(
      `INSERT INTO investigators (name, status, createdat, lastmodified, permissions)
       VALUES ($1, 'active', now(), now(), 0), ('Twin', 'active', now(), now(), 0), ('Twin', 'active', now(), now(), 0)
       RETURNING id`,
      [name],
    );
    const { stdout } = await bob.mig(['investigators', 'show', String(rows[0].id)]);
    expect(stdout).toContain('x\\u{1b}[2J\\u{202e}gpj');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect((await bob.mig(['investigators', 'show', name])).status).toBe(0);
    const twins = await bob.mig(['investigators', 'show', 'Twin']);
    expect(twins.stderr).toContain(
      `2 investigators are named "Twin": give an id, one of ${rows[1].id} (active), ${rows[2].id} (active)`,
    );
    const typo = await bob.mig(['investigators', 'show', 'Bob Kelos']);
    expect(typo).toMatchObject({ status: 3, stderr: expect.stringContaining('did you mean Bob Kelso?') });
  });
});

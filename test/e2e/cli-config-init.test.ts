import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../cli/config.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { type GnupgHome, openGnupgHome } from '../setup/gnupg.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let gnupg: GnupgHome;
const home = mkdtempSync(join(tmpdir(), 'mig-config-'));

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  gnupg = openGnupgHome();
});
afterAll(async () => {
  gnupg?.[Symbol.dispose]();
  rmSync(home, { recursive: true, force: true });
  await platform?.[Symbol.asyncDispose]();
});

const configInit = (...args: string[]) => configInitIn(gnupg, ...args);

async function configInitIn({ folder }: GnupgHome, ...args: string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), 'config', 'init', ...args], {
    env: { PATH: process.env.PATH, HOME: home, GNUPGHOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { stdout, stderr, status };
}

/** The address of the API as people say it, without its path. */
const host = () => new URL(platform.apiUrl).origin;

test('finds the path of the API, and writes a private file that the API accepts', async () => {
  const { privateKeyFile, fingerprint } = platform.people.bob;
  const run = await configInit('-url', host(), '-keyfile', privateKeyFile);
  expect(run, run.stderr).toMatchObject({ status: 0, stdout: '' });
  expect(run.stderr).toContain('the API accepts the key');
  const file = join(home, '.migrc');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(loadConfig(file)).toMatchObject({
    apiUrl: `${host()}/api/v1/`,
    keyId: fingerprint,
    keyFile: privateKeyFile,
    macros: new Map([['allonline', "status='online'"]]),
  });
});

test('replaces a file only when told to', async () => {
  const file = join(home, 'kept');
  writeFileSync(file, 'mine');
  const { privateKeyFile } = platform.people.bob;
  const args = ['-url', host(), '-keyfile', privateKeyFile, '-o', file];
  const refused = await configInit(...args);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain('-overwrite replaces it');
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect((await configInit(...args, '-overwrite')).status).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('keyfile');
});

test('takes the only key of GnuPG, and says what to do when the platform does not know it', async () => {
  const file = join(home, 'gnupg');
  const none = await configInit('-url', host(), '-o', file);
  expect(none.status).toBe(1);
  expect(none.stderr).toContain('GnuPG has no secret key: make one');
  const one = gnupg.newKey('Ann', 'ed25519');
  const unknown = await configInit('-url', host(), '-o', file);
  expect(unknown.status).toBe(3);
  expect(unknown.stderr).toContain(`the key is ${one} Ann\n`);
  expect(unknown.stderr).toContain(`does not accept the key ${one}`);
  expect(unknown.stderr).toContain('give its public key to an administrator');
  const other = gnupg.newKey('Ben', 'ed25519');
  const several = await configInit('-url', host(), '-o', file, '-overwrite');
  expect(several).toMatchObject({ status: 2 });
  expect(several.stderr).toContain(`1  ${one} Ann\n`);
  expect(several.stderr).toContain('give it with -keyid');
  const chosen = await configInit('-url', host(), '-o', file, '-overwrite', '-keyid', other.toLowerCase());
  expect(chosen.stderr).toContain(`the key is ${other} Ben\n`);
  expect(loadConfig(file).keyId).toBe(other);
});

test('leaves out keys of GnuPG that cannot sign, and says so when none is left', async () => {
  using keys = openGnupgHome();
  const file = join(home, 'unable');
  const init = (...args: string[]) => configInitIn(keys, '-url', host(), '-o', file, '-overwrite', ...args);
  const expired = keys.newKey('Old', 'ed25519', { at: '20200101T000000', expires: '2020-02-01' });
  const certifier = keys.newKey('Cert', 'ed25519', { usage: 'cert' });
  const none = await init();
  expect(none).toMatchObject({ status: 1, stdout: '' });
  expect(none.stderr).toContain(`no secret key of GnuPG can sign here: ${expired} Old is expired`);
  expect(none.stderr).toContain(`${certifier} Cert has no key that signs`);
  const good = keys.newKey('Good', 'ed25519');
  expect((await init()).stderr).toContain(`the key is ${good} Good\n`);
  const named = await init('-keyid', expired);
  expect(named.status).toBe(1);
  expect(named.stderr).toContain(`can sign here: ${expired} Old is expired;`);
});

test('refuses by name what is no API, no key and no flag, and writes nothing', async () => {
  const folder = join(home, 'nothing');
  mkdirSync(folder);
  const file = join(folder, 'migrc');
  const { privateKeyFile, publicKey } = platform.people.bob;
  const publicKeyFile = join(home, 'public.asc');
  writeFileSync(publicKeyFile, publicKey);
  const stranger = platform.people.john.fingerprint;
  for (const [args, status, words] of [
    [
      ['-url', 'http://127.0.0.1:1', '-keyfile', privateKeyFile],
      1,
      'no API of MIG there: http://127.0.0.1:1/api/v1/: ',
    ],
    [['-url', `${host()}/elsewhere`, '-keyfile', privateKeyFile], 1, 'it answers 404'],
    [['-url', 'ftp://mig', '-keyfile', privateKeyFile], 2, 'no address of an API'],
    [['-url', 'a b', '-keyfile', privateKeyFile], 2, 'no address of an API'],
    [['-url', host(), '-keyfile', publicKeyFile], 1, 'it has public keys only'],
    [['-url', host(), '-keyfile', join(home, 'none')], 1, 'none'],
    [['-url', host(), '-keyfile', privateKeyFile, '-keyid', stranger], 2, 'is not among the keys'],
    [['-url', host(), '-keyid', 'abc'], 2, '40 hex digits'],
    [['-keyfile', privateKeyFile], 2, 'give it with -url'],
    [['-url'], 2, '-url has no value'],
    [['-nosuchflag'], 2, 'usage: mig config init'],
  ] as const) {
    const run = await configInit(...args, '-o', file);
    expect(run, run.stderr).toMatchObject({ status, stdout: '' });
    expect(run.stderr).toContain(words);
  }
  expect(() => statSync(file)).toThrow('ENOENT');
});

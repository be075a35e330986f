import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../cli/config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrc-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function load({ api = '', gpg = '' }: { api?: string; gpg?: string }) {
  const file = join(folder, 'migrc');
  writeFileSync(file, `[api]\nurl = "https://x/api/v1"\n${api}\n[gpg]\nkeyid = ${'ab'.repeat(20)}\n${gpg}\n`);
  return loadConfig(file);
}

describe('skipverifycert is read as gcfg reads it', () => {
  const isSkipped = (line: string) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', undefined);
    load({ api: line });
    return process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
  };
  test.each(['true', 'yes', 'on', '1', 'TRUE', 'Yes', '"on"', 'on ; why'])('= %s: skipped', (value) => {
    expect(isSkipped(`skipverifycert = ${value}`)).toBe(true);
  });
  test('without a value: skipped', () => expect(isSkipped('SkipVerifyCert')).toBe(true));
  test.each(['false', 'no', 'off', '0', 'OFF'])('= %s: verified', (value) => {
    expect(isSkipped(`skipverifycert = ${value}`)).toBe(false);
  });
  test('not given: verified', () => expect(isSkipped('')).toBe(false));
  test.each(['maybe', '', '2', 'y', 't', 'enabled'])('= %s: refused by name', (value) => {
    expect(() => isSkipped(`skipverifycert = ${value}`)).toThrow('[api] skipverifycert must be on or off');
  });
});

describe('the GnuPG home', () => {
  test.each([
    ['an absolute GNUPGHOME', '/srv/keys', '', '/srv/keys'],
    ['a relative one, as MIG reads it', 'keys', '', join(homedir(), 'keys')],
    ['[gpg] home before GNUPGHOME', '/srv/keys', 'home = /srv/others', '/srv/others'],
    ['[gpg] home under the home folder', undefined, 'home = ~/others', join(homedir(), 'others')],
    ['neither: as GnuPG itself finds it', undefined, '', undefined],
  ])('%s', (_, variable, gpg, home) => {
    vi.stubEnv('GNUPGHOME', variable);
    expect(load({ gpg }).gpgHome).toBe(home);
  });
});

test('the passphrase is removed from the environment, which child processes inherit', () => {
  vi.stubEnv('MIGPGPPASSPHRASE', 'secret');
  expect(load({}).passphrase).toBe('secret');
  expect(process.env.MIGPGPPASSPHRASE).toBeUndefined();
});

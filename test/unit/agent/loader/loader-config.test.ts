import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BuildInfo } from '../../../../agent/config/build-info.ts';
import { loadLoaderConfig } from '../../../../agent/loader/loader-config.ts';
import { readLoaderKey } from '../../../../agent/loader/loader-key.ts';

const API = 'api = "https://mig.example.net/api/v1/"';
const SOURCES: BuildInfo = { version: '1', areFilesTrusted: true };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-loader-config-'));
  file = join(folder, 'mig-loader.cfg');
  mkdirSync(join(folder, 'loaderkeys'));
  for (const name of ['bob', 'john']) writeFileSync(join(folder, 'loaderkeys', name), `key of ${name}`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(lines: readonly string[], build = SOURCES) {
  writeFileSync(file, `[loader]\n${lines.join('\n')}\n`);
  const warnings: string[] = [];
  return { ...loadLoaderConfig(file, (line) => warnings.push(line), build), warnings };
}

describe('the configuration of the loader', () => {
  test('needs the address of the API alone', () => {
    expect(load([API])).toMatchObject({
      api: 'https://mig.example.net/api/v1/',
      proxies: [],
      tags: {},
      requiredSignatures: 2,
      signerKeys: [{ armored: 'key of bob' }, { armored: 'key of john' }],
      keyFile: join(folder, 'mig-loader.key'),
      root: '/',
      stateDir: '/var/lib/mig/loader',
      installsService: true,
      startWaitMs: 60_000,
      discoverPublicIp: false,
      warnings: [],
    });
  });

  test('has the settings of MIG', () => {
    const lines = [
      'api = "https://mig.example.net/api/v1"',
      'proxies = "proxy1:8888,bob:pw@proxy2:8888"',
      'tags = "team:web"',
      'tags = "site:a:b"',
      'requiredsignatures = 1',
      'discoverpublicip',
    ];
    expect(load(lines)).toMatchObject({
      api: 'https://mig.example.net/api/v1/',
      proxies: [{ address: 'proxy1:8888' }, { address: 'proxy2:8888', user: 'bob', password: 'pw' }],
      tags: { team: 'web', site: 'a:b' },
      requiredSignatures: 1,
      discoverPublicIp: true,
      warnings: [],
    });
  });

  test('warns of settings that do not exist', () => {
    expect(load([API, 'requiredsignature = 3']).warnings).toEqual([
      `${file}: [loader] requiredsignature is no setting; did you mean requiredsignatures?`,
    ]);
  });

  test.each([
    [[], /api is missing/],
    [['api = "mig.example.net"'], /is no address of an API/],
    [['api = "http://mig.example.net/api/v1/"'], /must begin with https/],
    [['api = "file:///etc/passwd"'], /must begin with https/],
    [['api = "https://bob:secret@mig.example.net/"'], /must have no user/],
    [[API, 'requiredsignatures = 3'], /more than the 2 keys/],
    [[API, 'requiredsignatures = 0'], /not a number from 1/],
    [[API, 'requiredsignatures = 1.5'], /no whole number/],
    [[API, 'root = images'], /no absolute path/],
    [[API, 'proxies = "socks://x:1"'], /\[loader\] proxies: /],
    [[API, 'ca = /no/such'], /no\/such: cannot be read/],
    [[API, 'installservice = perhaps'], /neither on nor off/],
  ])('refuses %j', (lines, message) => {
    expect(() => load(lines)).toThrow(message);
  });

  test('never repeats a password that is in the address', () => {
    expect(() => load(['api = "https://bob:secret@mig.example.net/"'])).toThrow(/^(?!.*secret)/);
  });

  test('allows plain HTTP to this machine, or by a build that says so', () => {
    expect(load(['api = "http://127.0.0.1:1664/api/v1/"']).api).toBe('http://127.0.0.1:1664/api/v1/');
    const build = { ...SOURCES, allowsPlainHttp: true };
    expect(load(['api = "http://mig.example.net/"'], build).api).toBe('http://mig.example.net/');
  });

  test('needs a key of somebody who signs', () => {
    rmSync(join(folder, 'loaderkeys'), { recursive: true });
    expect(() => load([API])).toThrow(/loaderkeys: there is no key of anybody/);
  });
});

describe('an executable with keys of its own', () => {
  const build: BuildInfo = {
    version: '1',
    areFilesTrusted: false,
    loader: { ini: `[loader]\n${API}\nrequiredsignatures = 2\n`, armoredKeys: ['one', 'two', 'three'] },
  };

  test('takes neither keys nor the number of signatures from files', () => {
    expect(load(['requiredsignatures = 1', 'tags = "a:b"'], build)).toMatchObject({
      requiredSignatures: 2,
      signerKeys: [{ armored: 'one' }, { armored: 'two' }, { armored: 'three' }],
      tags: { a: 'b' },
    });
  });

  test('runs without any file', () => {
    expect(loadLoaderConfig(join(folder, 'none.cfg'), () => {}, build).api).toContain('mig.example.net');
  });

  test('takes both from files where it was built to trust files', () => {
    const trusting = { ...build, areFilesTrusted: true };
    expect(load(['requiredsignatures = 1'], trusting)).toMatchObject({
      requiredSignatures: 1,
      signerKeys: [{ armored: 'key of bob' }, { armored: 'key of john' }],
    });
  });
});

describe('the key of the loader', () => {
  const KEY = 'Abcdefgh'.repeat(5);
  const write = (text: string, mode = 0o600) => {
    const path = join(folder, 'mig-loader.key');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  test('is the first line of its file', () => {
    expect(readLoaderKey(write(`  ${KEY} \nand a remark\n`))).toBe(KEY);
    expect(readLoaderKey(write(KEY))).toBe(KEY);
  });

  test.each([0o640, 0o604, 0o622, 0o777])('is refused with mode %o, with the remedy', (mode) => {
    expect(() => readLoaderKey(write(KEY, mode))).toThrow(/chmod 600/);
  });

  test('is refused in another form, and not repeated', () => {
    for (const text of ['', KEY.slice(1), `${KEY}x`, `${KEY.slice(1)}-`]) {
      expect(() => readLoaderKey(write(text))).toThrow(/40 letters and digits/);
      if (text !== '') expect(() => readLoaderKey(write(text))).toThrow(new RegExp(`^(?!.*${text})`));
    }
  });

  test('is not read through a link, from a folder, or from nowhere', () => {
    symlinkSync(write(KEY), join(folder, 'link'));
    expect(() => readLoaderKey(join(folder, 'link'))).toThrow(/cannot be read/);
    expect(() => readLoaderKey(join(folder, 'loaderkeys'))).toThrow(/is no file/);
    expect(() => readLoaderKey(join(folder, 'none'))).toThrow(/there is no such file/);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig, loadToRemove } from '../../../../agent/config/config.ts';
import { makeCertificates } from '../../../../dev/stack/services/certificates.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-config-'));
  file = join(folder, 'mig-agent.cfg');
  writeFileSync(join(folder, 'acl.cfg'), '{"default":{"minimumweight":1}}');
  mkdirSync(join(folder, 'agentkeys'));
  writeFileSync(join(folder, 'agentkeys', 'bob.asc'), 'a key');
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  writeFileSync(file, text);
  const warnings: string[] = [];
  const config = loadConfig(file, (line) => warnings.push(line));
  expect(config.warnings).toEqual(warnings);
  return config;
}

test('https_proxy from the environment applies to an API over TLS only', () => {
  vi.stubEnv('https_proxy', 'proxy.example.net:3128');
  const proxiesTo = (api: string) => load(`[agent]\napi = "${api}"\n`).apiProxies;
  expect(proxiesTo('https://mig.example.net/api/v1/')).toEqual([{ address: 'proxy.example.net:3128' }]);
  expect(proxiesTo('HTTPS://mig.example.net/api/v1/')).toHaveLength(1);
  expect(proxiesTo('http://mig.example.net/api/v1/')).toEqual([]);
  vi.unstubAllEnvs();
});

test('the sample of the packages is a configuration', async () => {
  await makeCertificates(folder);
  const sample = new URL('../../../../dev/build/package/common/mig-agent.cfg.sample', import.meta.url);
  const text = readFileSync(sample, 'utf8').replaceAll('/etc/mig/agent.', `${folder}/client.`);
  const config = load(text.replaceAll('/etc/mig/', `${folder}/`));
  expect(config).toMatchObject({ relay: { host: 'relay.example.net' }, warnings: [] });
});

test('the agent can be removed with a configuration that cannot be read, which is reported', () => {
  writeFileSync(file, 'nonsense\n');
  const warnings: string[] = [];
  expect(loadToRemove(file, (line) => warnings.push(line))).toMatchObject({ file, stateDir: '/var/lib/mig' });
  expect(warnings).toEqual([`${file}: cannot be read: line 1: not a section, a key or a comment`]);
});

describe('tags', () => {
  test('have a name that ends at the first colon, and any value', () => {
    const name = fc.stringMatching(/^[A-Za-z][\w.-]{0,10}$/);
    const value = fc.stringMatching(/^[\w:/.?&=@ -]{0,30}$/).map((text) => text.trim());
    fc.assert(
      fc.property(name, value, (key, text) => {
        expect(load(`[agent]\ntags = "${key}:${text}"\n`).tags).toEqual({ [key]: text });
      }),
    );
    expect(load('[agent]\ntags = "url:http://x"\ntags = " site : fra:1 "\n').tags).toEqual({
      url: 'http://x',
      site: 'fra:1',
    });
  });
});

describe('an impossible setting is an error that names it and its file', () => {
  test.each([
    ['[agent]\nhearbeatfreq = 60s\n', '[agent] hearbeatfreq is no setting; did you mean heartbeatfreq?'],
    ['[agent]\nTag = a:b\n', '[agent] tag is no setting; did you mean tags?'],
    ['[agents]\nrelay = x\n', '[agents] is no section; did you mean agent?'],
    ['[agent]\ncpu = 10\n', '[agent] cpu is no setting; it belongs in [limits]'],
    ['[agent]\nnonsense = 1\n', '[agent] nonsense is no setting'],
    ['[constructor]\nx = 1\n', '[constructor] is no section'],
  ])('%j', (text, problem) => {
    expect(load(text).warnings).toEqual([`${file}: ${problem}`]);
  });

  test("every setting of ours and of MIG's sample is known", () => {
    const text = `[agent]
relay = "amqp://guest:guest@localhost:5672/"
socket = "127.0.0.1:51664"
heartbeatfreq = "30s"
moduletimeout = "300s"
isimmortal = on
installservice = on
discoverpublicip = off
discoverawsmeta = off
checkin = off
extraprivacymode = off
nopersistmods = on
refreshenv = "5m"
proxies = ""
api = "http://localhost:1664/api/v1/"
tags = "tagname:tagvalue"
[stats]
maxactions = 15
[certs]
ca = ""
[logging]
mode = "syslog"
level = "info"
host = "localhost"
port = 514
protocol = "udp"
facility = "local3"
maxfilesize = 10485760
[limits]
cpu = 10
[report]
everyone = on
`;
    expect(load(text).warnings).toEqual([]);
  });

  test.each([
    ['[agent]\ndiscoverpublicip = ture\n', '[agent] discoverpublicip: "ture" is neither on nor off'],
    ['[limits]\ncgroups = onn\n', '[limits] cgroups: "onn" is neither on nor off'],
    ['[logging]\nmode = fiel\n', '[logging] mode: "fiel" is not stdout, file or syslog'],
    ['[agent]\nheartbeatfreq = 5 minutes\n', 'heartbeatfreq: "5 minutes" must look like 300s, 5m or 1h30m'],
    ['[agent]\nproxies = proxy\n', '[agent] proxies: "proxy" is not host:port'],
    ['[agent]\nrelay = "nonsense"\n', 'relay: not a URL'],
    ['nonsense\n', 'cannot be read: line 1: not a section, a key or a comment'],
  ])('%j ends it', (text, problem) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: `${file}: ${problem}` }),
    );
  });

  test('a CA that is no certificate, and a key of another certificate', () => {
    const relay = '[agent]\nrelay = "amqps://a:b@relay:5671/mig"\n';
    for (const name of ['ca.crt', 'cert.crt', 'cert.key']) writeFileSync(join(folder, name), 'not PEM');
    const certs = `[certs]\nca = ${folder}/ca.crt\ncert = ${folder}/cert.crt\nkey = ${folder}/cert.key\n`;
    expect(() => load(relay + certs)).toThrow(`[certs] ca: ${folder}/ca.crt: `);
    expect(() => load(relay)).toThrow('relay: amqps needs a CA, a client certificate and its key');
  });

  test.each(['ca', 'cert', 'key'])('a file for %s that is missing, a folder, or damaged', (name) => {
    const pem = (text: string) => `-----BEGIN ${text}-----\nAAAA\n-----END ${text}-----\n`;
    const paths = { ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key') };
    const certs = Object.entries(paths).map(([key, path]) => `${key} = ${path}\n`);
    const text = `[agent]\nrelay = "amqps://a:b@relay:5671/mig"\n[certs]\n${certs.join('')}`;
    for (const path of Object.values(paths)) writeFileSync(path, pem('CERTIFICATE'));
    const path = paths[name as keyof typeof paths];
    rmSync(path);
    expect(() => load(text)).toThrow(
      `${file}: [certs] ${name}: ${path}: cannot be read: there is no such file`,
    );
    mkdirSync(path);
    expect(() => load(text)).toThrow(`${file}: [certs] ${name}: ${path}: cannot be read: it is a folder`);
  });

  test('only the damaged one of two files is named', async () => {
    await makeCertificates(folder);
    const settings = (files: { ca: string; cert: string; key: string }) =>
      `[agent]\nrelay = "amqps://a:b@relay:5671/mig"\n[certs]\n${Object.entries(files)
        .map(([key, name]) => `${key} = ${join(folder, name)}\n`)
        .join('')}`;
    const good = { ca: 'ca.crt', cert: 'client.crt', key: 'client.key' };
    expect(load(settings(good)).relay?.host).toBe('relay');
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(join(folder, 'damaged'), damaged);
    const pair = (cert: string, key: string) =>
      `${file}: [certs] cert: ${join(folder, cert)}, key: ${join(folder, key)}: `;
    for (const [files, problem] of [
      [
        { ...good, ca: 'damaged' },
        `${file}: [certs] ca: ${join(folder, 'damaged')}: certificate 1 in it is damaged`,
      ],
      [{ ...good, cert: 'damaged' }, `${pair('damaged', 'client.key')}the certificate is damaged`],
      [{ ...good, key: 'damaged' }, `${pair('client.crt', 'damaged')}the key is damaged`],
    ] as const) {
      expect(() => load(settings(files))).toThrow(problem);
    }
  });

  test('a folder in the place of a file, and a file in the place of a folder', () => {
    expect(() => loadConfig(folder)).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: `${folder}: cannot be read: it is a folder`,
      }),
    );
    const [acl, keys] = [join(folder, 'acl.cfg'), join(folder, 'agentkeys')];
    rmSync(keys, { recursive: true });
    writeFileSync(keys, 'a key');
    expect(() => load('')).toThrow(`${keys}: cannot be read: it, or a part of its path, is no folder`);
    rmSync(acl);
    mkdirSync(acl);
    expect(() => load('')).toThrow(`${acl}: cannot be read: it is a folder`);
  });

  test('a configuration that does not exist', () => {
    const warnings: string[] = [];
    loadConfig(file, (line) => warnings.push(line));
    expect(warnings).toEqual([`${file}: there is no such file, and no configuration is compiled in`]);
  });

  test('a missing ACL and missing keys', () => {
    rmSync(join(folder, 'acl.cfg'));
    rmSync(join(folder, 'agentkeys'), { recursive: true });
    expect(load('').warnings).toEqual([
      `${join(folder, 'acl.cfg')}: there is no ACL: every action will be refused`,
      `${join(folder, 'agentkeys')}: there is no investigator's key: every action will be refused`,
    ]);
    mkdirSync(join(folder, 'agentkeys', 'a-folder'), { recursive: true });
    expect(load('[agent]\nonlyverifypubkey = on\n').warnings).toEqual([
      `${join(folder, 'agentkeys', 'a-folder')}: cannot be read: it is a folder`,
      `${join(folder, 'agentkeys')}: there is no investigator's key: every action will be refused`,
    ]);
  });

  test('an ACL that cannot be read', () => {
    writeFileSync(join(folder, 'acl.cfg'), '{"default":{"minimumweight":"1"}}');
    expect(() => load('')).toThrow(`${join(folder, 'acl.cfg')}: default: minimumweight: `);
    writeFileSync(join(folder, 'acl.cfg'), '{');
    expect(() => load('')).toThrow(join(folder, 'acl.cfg'));
    writeFileSync(join(folder, 'acl.cfg'), '[]');
    expect(() => load('')).toThrow(`${join(folder, 'acl.cfg')}: must be an object`);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../agent/config.ts';

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
  const told: string[] = [];
  const config = loadConfig(file, (line) => told.push(line));
  expect(config.warnings).toEqual(told);
  return config;
}

test('https_proxy of the environment is for an API over TLS alone', () => {
  vi.stubEnv('https_proxy', 'proxy.example.net:3128');
  const proxiesTo = (api: string) => load(`[agent]\napi = "${api}"\n`).apiProxies;
  expect(proxiesTo('https://mig.example.net/api/v1/')).toEqual([{ address: 'proxy.example.net:3128' }]);
  expect(proxiesTo('HTTPS://mig.example.net/api/v1/')).toHaveLength(1);
  expect(proxiesTo('http://mig.example.net/api/v1/')).toEqual([]);
  vi.unstubAllEnvs();
});

describe('tags', () => {
  test('end their name at the first colon, whatever the value is', () => {
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

describe('what nobody can have meant is named with its file', () => {
  test.each([
    ['[agent]\nhearbeatfreq = 60s\n', '[agent] hearbeatfreq is no setting; did you mean heartbeatfreq?'],
    ['[agent]\nTag = a:b\n', '[agent] tag is no setting; did you mean tags?'],
    ['[agents]\nrelay = x\n', '[agents] is no section; did you mean agent?'],
    ['[agent]\ncpu = 10\n', '[agent] cpu is no setting; it belongs into [limits]'],
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

  test('a CA that is none, and a key of another certificate', () => {
    const relay = '[agent]\nrelay = "amqps://a:b@relay:5671/mig"\n';
    for (const name of ['ca.crt', 'cert.crt', 'cert.key']) writeFileSync(join(folder, name), 'not PEM');
    const certs = `[certs]\nca = ${folder}/ca.crt\ncert = ${folder}/cert.crt\nkey = ${folder}/cert.key\n`;
    expect(() => load(relay + certs)).toThrow(`[certs] ca: ${folder}/ca.crt: `);
    expect(() => load(relay)).toThrow('relay: amqps needs a CA, a client certificate and its key');
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
      expect.stringMatching(/agentkeys\/a-folder: cannot be read: /),
      `${join(folder, 'agentkeys')}: there is no investigator's key: every action will be refused`,
    ]);
  });

  test('an ACL that cannot be read', () => {
    writeFileSync(join(folder, 'acl.cfg'), '{"default":{"minimumweight":"1"}}');
    expect(() => load('')).toThrow(`${join(folder, 'acl.cfg')}: default: minimumweight: `);
    writeFileSync(join(folder, 'acl.cfg'), '{');
    expect(() => load('')).toThrow(join(folder, 'acl.cfg'));
  });
});

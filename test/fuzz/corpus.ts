import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { cancelJson } from '../../contract/cancel.ts';
import { clockJson } from '../../contract/clock.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** The time at which all inputs are read, so that their outcome does not depend on the day. */
export const NOW = Date.UTC(2027, 5, 1, 12);

const now = timestampFromMillis(NOW);
const later = timestampFromMillis(NOW + 3_600_000);

export function fixture(path: string): Buffer {
  return readFileSync(new URL(path, FIXTURES));
}

function sample(name: string): unknown {
  return (JSON.parse(fixture(`samples/${name}.json`).toString()) as { body: unknown }).body;
}

function vector(name: string): Record<string, unknown> & { pgpsignatures: string[] } {
  return JSON.parse(fixture(`vectors/${name}.json`).toString()).action;
}

export function ofJson(...values: unknown[]): Buffer[] {
  return values.map((value) => Buffer.from(JSON.stringify(value)));
}

export function relayHeartbeat(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'web-1',
    queueloc: 'linux.web-1.0a1b2c',
    mode: 'daemon',
    version: '20260101+0d0f88c.prod',
    pid: 1234,
    starttime: now,
    destructiontime: '9998-01-11T11:11:11Z',
    heartbeatts: now,
    refreshts: now,
    environment: {
      init: 'systemd',
      ident: 'Debian 13',
      os: 'linux',
      arch: 'amd64',
      isproxied: false,
      addresses: ['10.0.0.1/8', 'fe80::1/64'],
      publicip: '192.0.2.1',
      aws: { instanceid: 'i-1' },
      modules: ['file', 'upgrade'],
    },
    tags: { operator: 'IT', ring: 'canary' },
    ...changes,
  };
}

export function httpHeartbeat(): unknown {
  return {
    name: 'web-1',
    mode: 'daemon',
    version: '1',
    pid: 7,
    queueLoc: 'linux.web-1.0a1b2c',
    startTime: now,
    refreshTime: now,
    environment: {
      init: 'systemd',
      ident: 'Debian',
      os: 'linux',
      arch: 'amd64',
      isProxied: false,
      publicIP: '',
    },
    tags: [{ name: 'operator', value: 'IT' }],
  };
}

export function answer(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 5,
    agent: { queueloc: 'linux.web-1.0a1b2c' },
    status: 'success',
    results: [
      {
        foundanything: true,
        success: true,
        elements: { s1: [{ file: '/etc/passwd', fileinfo: { size: 1, mode: '-rw-r--r--' } }] },
        statistics: { filescount: 1, exectime: '1ms' },
        errors: null,
      },
    ],
    ...changes,
  };
}

function action(changes: Record<string, unknown> = {}): unknown {
  return { ...vector('1-plain'), validfrom: now, expireafter: later, ...changes };
}

export const heartbeats = () => ofJson(relayHeartbeat());
export const answers = () => ofJson(answer(), sample('amqp-result-1'), sample('amqp-result-3'));
export const commands = () => ofJson(sample('amqp-command-1'), sample('amqp-command-2'));
export const actions = () =>
  ofJson(action(), vector('2-escapes'), vector('4-numbers'), vector('5-nested-two-signatures'));

/** Results of an endpoint in the steps of an upgrade. */
export const upgradeElements = () =>
  ofJson(
    { oldpid: 4242, oldversion: '20250101+0d0f88c.prod', oldstarttime: now, newpid: 4243 },
    { message: 'Agent is already running version 20260101+0d0f88c.prod' },
    { agents: [{ pid: 7, version: 'new' }] },
    {
      agents: [
        { pid: 7, version: 'new' },
        { pid: 100, version: 'old' },
      ],
    },
  );

/** The same after a line with the error of the answer. */
export const upgradeAnswers = () =>
  upgradeElements().flatMap((elements) =>
    ['', "PID '7' not found", 'interrupted: the agent ended'].map((error) => withError(error, elements)),
  );

export function withError(error: string, elements: Buffer): Buffer {
  return Buffer.from(`${error}\n${elements}`);
}

export const cancels = () => [Buffer.from(cancelJson([1, 28059809611868]))];

export const clocks = () => [
  Buffer.from(clockJson({ sent: '2026-01-15T02:00:00.5Z', received: '2026-01-15T00:00:00Z' })),
];

const FILE_PARAMETERS = {
  searches: {
    s1: {
      description: 'all of them',
      paths: ['/etc', '/usr/bin'],
      names: ['^passwd$', '!^shadow'],
      contents: ['^root:', '[[:alpha:]]+(a|b){1,3}'],
      sizes: ['>10k', '<1m'],
      modes: ['^-.{6}rw'],
      mtimes: ['<30d'],
      md5: ['d41d8cd98f00b204e9800998ecf8427e'],
      options: { maxdepth: 3, matchall: true, mismatch: ['name'], matchlimit: 10, debug: '' },
    },
    s2: {
      paths: ['/'],
      owners: ['root', '0'],
      groups: ['adm'],
      perms: ['-4000', '/022', '0644'],
      ctimes: ['<30d'],
      btimes: ['>1h'],
      excludes: ['/proc'],
      excluderegexes: ['/\\.git$'],
      options: { matchall: true, mismatch: ['owner'], xdev: true, count: true, maxtime: '30s' },
    },
  },
};
const UPGRADE_PARAMETERS = {
  'linux/amd64': { to_version: '20260101', location: 'https://example.net/mig', checksum: 'ab'.repeat(32) },
};
const PARAMETERS = [
  FILE_PARAMETERS,
  UPGRADE_PARAMETERS,
  { pid: 4242, version: '20250101', starttime: now },
  { operation: 'check' },
];

export const moduleMessages = () =>
  ofJson(...PARAMETERS.map((parameters) => ({ class: 'parameters', parameters })));
export const parameters = () => ofJson(...PARAMETERS);
export const compressedParameters = () => [
  ...parameters().map(compress),
  compress(Buffer.alloc(16 * 1024 * 1024)),
];

export function compress(json: Buffer): Buffer {
  return Buffer.from(gzipSync(json, { level: 1 }).toString('base64'));
}

export const persistentMessages = () =>
  ofJson(
    { class: 'ping' },
    { class: 'log', parameters: { message: 'module received configuration' } },
    { class: 'alert', parameters: { message: '{"severity":"low","alert":"path /x removed"}' } },
    { class: 'register', parameters: { sockpath: 'unix:/var/run/mig/persist-fswatch.sock' } },
    {
      class: 'config',
      parameters: { config: { a: { b: 1 } }, hostname: 'h', environment: {}, tags: { a: 'b' } },
    },
  );

export const moduleConfigurations = () =>
  ['[examplepersist]\ninterval = 30\n', '[paths]\npath = /etc\npath = "recursive:/b"\n'].map((text) =>
    Buffer.from(text),
  );

export const accounts = () => [
  Buffer.from('root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\n'),
  Buffer.from('root:x:0:\nadm:x:4:alice,bob\n+::::::\n'),
];

export const acl = () =>
  ofJson({
    default: {
      minimumweight: 2,
      investigators: { Bob: { fingerprint: 'E60892BB9BD89A69F759A1A0A3D652173B763E8F', weight: 2 } },
    },
    file: { minimumweight: 1, investigators: {} },
  });

export const agentConfiguration = () => [
  Buffer.from(
    [
      '[agent]',
      'isimmortal = on',
      'relay = "amqp://agent:secret@127.0.0.1:5672/mig"',
      'heartbeatfreq = "300s"',
      'moduletimeout = 1h30m',
      'tags = operator:IT',
      'hostname = web-1 ; a comment',
      '[limits]',
      'cpu = 20',
      'memory = 128',
      '[report]',
      'keep = 24h',
      '[logging]',
      'mode = stdout',
      'level = warning',
    ].join('\n'),
  ),
  Buffer.from(
    '[agent]\nrelay = amqps://agent:secret@relay:5671/mig\nproxies = proxy:3128\n[certs]\nca = /nonexistent/ca\n',
  ),
];

export const environment = () => [
  Buffer.from(
    [
      'MIG_POSTGRES_URL=postgres://mig:secret@127.0.0.1/mig',
      'MIG_POSTGRES_TARGET_URL=postgres://migtarget:secret@127.0.0.1/mig',
      'MIG_AMQP_URL=amqp://scheduler:secret@127.0.0.1/mig',
      'MIG_API_PORT=1664',
      'MIG_API_PUBLIC_URL=https://mig.example.net/',
      'MIG_TARGET_TIMEOUT_MS=30000',
      'MIG_API_BEHIND_PROXY=true',
      'MIG_API_CLIENT_IP=x-forwarded-for:0',
      'MIG_LOG_LEVEL=warn',
    ].join('\n'),
  ),
];

export const tokens = () => [
  Buffer.from(`1;2027-06-01T12:00:00Z;150562949821364;${vector('1-plain').pgpsignatures[0]}`),
  fixture('samples/token.txt'),
];

export const forms = () => [
  Buffer.from(new URLSearchParams({ action: JSON.stringify(action()) }).toString()),
  Buffer.from('name=Bob+Kelso&publickey=%2D%2D&permissions=%7B%22a%22%3Atrue%7D&id=1'),
];

export const targetTexts = () => [
  Buffer.from("status='online' AND name LIKE 'web%' AND tags->>'operator' = 'IT'"),
  fixture('cases/targets-refused.txt'),
  ...fixture('cases/targets-refused.txt')
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line)),
];

export const signatures = () =>
  ['1-plain', '3-unicode', '5-nested-two-signatures'].flatMap((name) =>
    vector(name).pgpsignatures.map((signature) => Buffer.from(signature)),
  );

export const publicKeys = () =>
  ['investigator', 'investigator2', 'scheduler'].map((name) => fixture(`vectors/${name}.pub.asc`));

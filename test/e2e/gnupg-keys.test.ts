import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { enums, readKey, readSignature, type SignaturePacket } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiAnswer } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { decodeSignature } from '../../platform/openpgp/armor.ts';
import { openAgent } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { type GnupgHome, openGnupgHome, writeRecordingGpg } from '../setup/gnupg.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

const PASSPHRASE = 'correct hörse';
const PASSWD = ['file', '-e', '60s', '-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];

let platform: Platform;
/** A home whose gpg-agent receives the passphrase when it asks. */
let home: GnupgHome;
/** A home with only the subkeys of an offline primary key, and with an old gpg.conf. */
let travel: GnupgHome;
let keys: Record<'rsa2048' | 'rsa4096' | 'p384' | 'ed25519' | 'locked' | 'offline', string>;

beforeAll(async () => {
  platform = await openPlatform();
  home = platform.use(withAsync(openGnupgHome({ pinentrySays: PASSPHRASE })));
  travel = platform.use(withAsync(openGnupgHome()));
  keys = {
    rsa2048: home.newKey('RSA 2048', 'rsa2048'),
    rsa4096: home.newKey('RSA 4096', 'rsa4096'),
    p384: home.newKey('P-384', 'nistp384'),
    ed25519: home.newKey('Ed25519', 'ed25519'),
    locked: home.newKey('Locked', 'ed25519', { passphrase: PASSPHRASE }),
    offline: home.newKey('Offline', 'rsa2048', { usage: 'cert' }),
  };
  home.addSubkey(keys.ed25519, 'cv25519', 'encr');
  home.addSubkey(keys.rsa2048, 'rsa2048', 'sign');
  home.addSubkey(keys.offline, 'rsa2048', 'sign');
  const subkeys = join(travel.folder, 'subkeys.gpg');
  writeFileSync(subkeys, home.gpg('--export-secret-subkeys', keys.offline));
  travel.gpg('--import', subkeys);
  writeFileSync(join(travel.folder, 'gpg.conf'), 'digest-algo SHA1\narmor\ntextmode\ncomment mine\n');
  for (const [name, fingerprint] of Object.entries(keys)) await register(name, home.publicKey(fingerprint));
  const agent = platform.use(await openAgent(platform.slot, 'keys', { written: trustKeys }));
  await waitFor('registration', async () => {
    const { rows } = await platform.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [agent.queueloc]);
    return rows.length === 1;
  });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const withAsync = (opened: GnupgHome): GnupgHome & AsyncDisposable =>
  Object.assign(opened, { [Symbol.asyncDispose]: async () => opened[Symbol.dispose]() });

/** All keys in one file of the agent, each with enough weight. */
function trustKeys(config: string): void {
  const folder = dirname(config);
  const all = Object.values(keys).map((fingerprint) => home.publicKey(fingerprint));
  writeFileSync(join(folder, 'agentkeys', 'people.asc'), all.join('\n'));
  const investigators = Object.fromEntries(
    Object.entries(keys).map(([name, fingerprint]) => [name, { fingerprint, weight: 2 }]),
  );
  writeFileSync(join(folder, 'acl.cfg'), JSON.stringify({ default: { minimumweight: 2, investigators } }));
}

async function register(name: string, publickey?: string): Promise<ApiAnswer> {
  const body = new FormData();
  body.set('name', name);
  body.set('permissions', JSON.stringify(Object.fromEntries(WANTED.map((one) => [one, true]))));
  if (publickey !== undefined) body.set('publickey', new Blob([publickey]), 'key.asc');
  return platform.api.send('/investigator/create/', { method: 'POST', body });
}
const WANTED = ['search', 'action', 'action_create', 'command', 'agent', 'dashboard', 'investigator'];

/** Runs the real program with nothing of this process's environment except PATH. */
async function mig(
  args: readonly string[],
  { keyid, gpg = [], env = {} }: { keyid: string; gpg?: string[]; env?: Record<string, string> },
) {
  const folder = join(platform.slot.services.home, platform.slot.name, 'people');
  mkdirSync(folder, { recursive: true });
  const migrc = join(folder, 'migrc');
  writeFileSync(migrc, ['[api]', `url = ${platform.apiUrl}`, '[gpg]', `keyid = ${keyid}`, ...gpg].join('\n'));
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), ...args, '-c', migrc], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { status, stdout, stderr };
}
const inHome = (of: GnupgHome) => [`home = "${of.folder}"`];

/** Reads the signature of a signed action, as MIG's agents do. */
async function packetOf(signedAction: string): Promise<SignaturePacket> {
  const { pgpsignatures } = JSON.parse(signedAction);
  expect(pgpsignatures).toEqual([expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}=[A-Za-z0-9+/]{4}$/)]);
  const { packets } = await readSignature({ binarySignature: decodeSignature(pgpsignatures[0]) });
  expect(packets).toHaveLength(1);
  return packets[0] as SignaturePacket;
}

describe('a key that lives in GnuPG signs there, and an agent answers:', () => {
  test.each(['rsa2048', 'rsa4096', 'p384', 'ed25519'] as const)('%s', async (name) => {
    const { status, stdout, stderr } = await mig(PASSWD, { keyid: keys[name], gpg: inHome(home) });
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\S+-keys \/etc\/passwd \[/),
    });
  });

  test('from an absolute GNUPGHOME, without a [gpg] home', async () => {
    const { status, stdout } = await mig(PASSWD, { keyid: keys.rsa2048, env: { GNUPGHOME: home.folder } });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('/etc/passwd [') });
  });

  test('a signing subkey with an offline primary key, whatever gpg.conf has', async () => {
    const { status, stdout, stderr } = await mig(PASSWD, { keyid: keys.offline, gpg: inHome(travel) });
    expect({ status, stdout, stderr }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('/etc/passwd ['),
    });
  });
});

describe('a key with a passphrase', () => {
  const locked = () => ({ keyid: keys.locked, gpg: inHome(home) });

  test('is unlocked by MIGPGPPASSPHRASE, which no program finds in arguments or environment', async () => {
    home.forget();
    const before = home.timesAsked();
    const gpg = writeRecordingGpg(home.folder);
    const env = { MIGPGPPASSPHRASE: PASSPHRASE, PATH: gpg.path };
    const { status, stdout, stderr } = await mig([...PASSWD, '-v'], { ...locked(), env });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toContain('/etc/passwd [');
    expect(home.timesAsked()).toBe(before);
    const recorded = gpg.recorded();
    expect(recorded).toContain('--detach-sign');
    expect(recorded).toContain('loopback');
    expect(recorded).not.toContain(PASSPHRASE);
    expect(recorded).not.toContain('MIGPGPPASSPHRASE');
    expect(recorded).not.toContain('export-secret');
    expect(stdout + stderr).not.toContain(PASSPHRASE);
  });

  test('is asked for by pinentry once, and then cached by gpg-agent', async () => {
    home.forget();
    const before = home.timesAsked();
    for (const round of [1, 2]) {
      const { status, stderr } = await mig([...PASSWD, '-s'], locked());
      expect({ round, status, stderr }).toMatchObject({ round, status: 0 });
    }
    expect(home.timesAsked()).toBe(before + 1);
  });

  test('ends with gpg’s message and exit status 1 when it is wrong', async () => {
    home.forget();
    const env = { MIGPGPPASSPHRASE: 'wröng' };
    const { status, stdout, stderr } = await mig(PASSWD, { ...locked(), env });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/\[error\] gpg failed.*\n {2}gpg: signing failed: /);
    expect(stderr).not.toContain('wröng');
  });
});

describe('gpg’s message is shown', () => {
  test('when it has no such key', async () => {
    const { status, stderr } = await mig(PASSWD, { keyid: 'AB'.repeat(20), gpg: inHome(home) });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `[error] gpg failed, home ${home.folder}\n  gpg: error reading key: No secret key\n`,
    });
  });

  test('without control characters', async () => {
    const gpg = writeRecordingGpg(home.folder, `printf 'gpg: \\033[2Jgone\\n' >&2; exit 2`);
    const { status, stderr } = await mig(PASSWD, {
      keyid: keys.rsa2048,
      gpg: inHome(home),
      env: { PATH: gpg.path },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('\n  gpg: \\u{1b}[2Jgone\n');
  });

  test('and a missing gpg is reported at once', async () => {
    const startMs = performance.now();
    const { status, stderr } = await mig(PASSWD, {
      keyid: keys.rsa2048,
      gpg: inHome(home),
      env: { PATH: '/nowhere' },
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: '[error] gpg is not installed (Debian: apt-get install gnupg)\n',
    });
    expect(performance.now() - startMs).toBeLessThan(30_000);
  });

  test('a secret key on another machine is reported, as is a subkey in the place of its primary key', async () => {
    const [, subkey] = [
      ...home
        .gpg('--with-colons', '--list-keys', keys.offline)
        .toString()
        .matchAll(/^fpr:+(\w{40}):/gm),
    ];
    const wrong = await mig(PASSWD, { keyid: defined(subkey?.[1]), gpg: inHome(home) });
    expect(wrong.stderr).toContain(`is a subkey of ${keys.offline}`);
    using empty = openGnupgHome();
    const stub = join(empty.folder, 'stub.gpg');
    writeFileSync(stub, home.gpg('--export-secret-subkeys', keys.ed25519));
    empty.gpg('--import', stub);
    const elsewhere = await mig(PASSWD, { keyid: keys.ed25519, gpg: inHome(empty) });
    expect({ status: elsewhere.status, stderr: elsewhere.stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/the primary key has its secret elsewhere/),
    });
  });
});

test.each([
  ['rsa2048', enums.hash.sha256],
  ['p384', enums.hash.sha384],
  ['ed25519', enums.hash.sha256],
] as const)('the signature of gpg with %s is one that MIG reads', async (name, hash) => {
  const { stdout } = await mig([...PASSWD, '-s'], { keyid: keys[name], gpg: inHome(home) });
  const packet = await packetOf(stdout);
  expect(packet).toMatchObject({ version: 4, signatureType: enums.signature.binary, hashAlgorithm: hash });
  expect(packet.issuerKeyID.toHex().toUpperCase()).toBe(keys[name].slice(-16));
  expect([...packet.rawNotations, ...packet.unknownSubpackets].filter(({ critical }) => critical)).toEqual(
    [],
  );
});

describe('mig verify', () => {
  let action: string;
  const reader = () => ({ keyid: keys.rsa2048, gpg: inHome(home) });
  beforeAll(async () => {
    const { stdout } = await mig([...PASSWD, '-s'], { keyid: keys.offline, gpg: inHome(travel) });
    action = join(home.folder, 'action.json');
    const { syntaxversion: _, ...rest } = JSON.parse(stdout);
    writeFileSync(action, JSON.stringify(rest));
  });

  test('works beside an investigator without a key', async () => {
    expect((await register('keyless')).status).toBe(201);
    const { status, stdout, stderr } = await mig(['verify', action], reader());
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `Valid signature by offline (${keys.offline})\n`,
      stderr: '',
    });
  });

  test('works offline on a command, with a folder of keys as gpg exports them and no key of one’s own', async () => {
    const folder = join(home.folder, 'public');
    mkdirSync(folder);
    writeFileSync(join(folder, 'all.gpg'), home.gpg('--export', keys.rsa2048, keys.offline));
    writeFileSync(join(folder, 'one.asc'), home.publicKey(keys.ed25519));
    const command = join(home.folder, 'command.json');
    writeFileSync(
      command,
      JSON.stringify({ id: 1, action: JSON.parse(readFileSync(action, 'utf8')), status: 'sent' }),
    );
    const { status, stdout } = await mig(['verify', '-keys', folder, command], { keyid: 'none' });
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `Valid signature by Offline (${keys.offline})\n`,
    });
  });
});

describe('a key made by GnuPG is checked when it is registered', () => {
  test.each([
    ['DSA', 'dsa2048', {}, 'is a DSA key'],
    ['RSA 1024', 'rsa1024', {}, 'is RSA of 1024 bits, under 2,048'],
    ['brainpool', 'brainpoolP256r1', {}, 'is on curve brainpoolP256r1'],
    ['expired', 'rsa2048', { expires: '1d', at: '20240101T000000' }, 'expired at 2024-01-02'],
    ['certifying only', 'ed25519', { usage: 'cert' }, 'is not for signing'],
  ] as const)('%s is refused, and why', async (name, kind, options, reason) => {
    const answer = await register(name, home.publicKey(home.newKey(name, kind, options)));
    expect({ status: answer.status, ...answer.body.collection.error }).toEqual({
      status: 400,
      code: 'key_cannot_sign',
      message: expect.stringContaining(reason),
    });
  });

  test('extended and with a new subkey and user id, it replaces the stored one', async () => {
    const fingerprint = home.newKey('Short', 'rsa2048', { expires: '2d' });
    const created = await register('short', home.publicKey(fingerprint));
    const { id } = created.body.collection.items[0].data[0].value;
    home.gpg('--quick-set-expire', fingerprint, '2y');
    home.gpg('--quick-add-uid', fingerprint, 'Longer');
    home.addSubkey(fingerprint, 'rsa2048', 'sign');
    const publickey = home.publicKey(fingerprint);
    expect((await platform.api.form('/investigator/update/', { id: String(id), publickey })).status).toBe(
      200,
    );
    const { body } = await platform.api.get(`/investigator?investigatorid=${id}`);
    const stored = Buffer.from(body.collection.items[0].data[0].value.publickey, 'base64').toString();
    const key = await readKey({ armoredKey: stored });
    expect(key.getUserIDs().toSorted()).toEqual(['Longer', 'Short']);
    expect(key.getKeys()).toHaveLength(2);
    const days = (Number(await key.getExpirationTime()) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(700);
  });
});

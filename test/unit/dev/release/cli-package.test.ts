import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectTarget } from '../../../../dev/build/targets.ts';
import { type BuiltCli, cliPackage } from '../../../../dev/release/cli-package.ts';
import { defined } from '../../../setup/defined.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-cli-package-'));
const built: BuiltCli = {
  target: selectTarget('linux-amd64'),
  executable: join(folder, 'mig'),
  version: '0.1.0',
  packages: [],
  manPages: join(folder, 'man'),
  timeS: 1,
};

beforeAll(() => {
  writeFileSync(built.executable, 'a program');
  mkdirSync(built.manPages);
  for (const name of ['mig.1', 'mig-file.1', 'notes.txt']) writeFileSync(join(built.manPages, name), name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pathsOf = (kind: 'deb' | 'rpm') => cliPackage(built, kind).entries.map(({ path }) => path);

test('a package has the man pages of the folder, compressed, and nothing else from it', () => {
  const pages = cliPackage(built, 'deb').entries.filter(({ path }) => path.startsWith('usr/share/man/'));
  expect(pages.map(({ path }) => path)).toEqual([
    'usr/share/man/man1/mig-file.1.gz',
    'usr/share/man/man1/mig.1.gz',
  ]);
  expect(gunzipSync(defined(pages[1]?.data)).toString()).toBe('mig.1');
});

test('it is made without man pages where there are none', () => {
  const entries = cliPackage({ ...built, manPages: join(folder, 'gone') }, 'deb').entries;
  expect(entries.filter(({ path }) => path.includes('/man/'))).toEqual([]);
});

test('each system gets the completion of zsh where it looks for it', () => {
  expect(pathsOf('deb')).toContain('usr/share/zsh/vendor-completions/_mig_program');
  expect(pathsOf('rpm')).toContain('usr/share/zsh/site-functions/_mig_program');
});

test('nothing runs while mig is installed or removed', () => {
  expect([cliPackage(built, 'deb').scripts, cliPackage(built, 'rpm').scripts]).toEqual([{}, {}]);
});

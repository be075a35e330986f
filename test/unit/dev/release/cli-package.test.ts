import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manPages } from '../../../../cli/man/man-pages.ts';
import { selectTarget } from '../../../../dev/build/targets.ts';
import { type BuiltCli, cliPackage } from '../../../../dev/release/cli-package.ts';
import { defined } from '../../../setup/defined.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-cli-package-'));
const built: BuiltCli = {
  target: selectTarget('linux-amd64'),
  executable: join(folder, 'mig'),
  version: '0.1.0',
  packages: [],
  timeS: 1,
};

beforeAll(() => {
  writeFileSync(built.executable, 'a program');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pathsOf = (kind: 'deb' | 'rpm') => cliPackage(built, kind).entries.map(({ path }) => path);

test('a package has every man page, compressed', () => {
  const pages = cliPackage(built, 'deb').entries.filter(({ path }) => path.startsWith('usr/share/man/'));
  const texts = pages.map(({ path, data }) => [path, gunzipSync(defined(data)).toString()]);
  expect(texts).toEqual([...manPages()].map(([name, text]) => [`usr/share/man/man1/${name}.gz`, text]));
});

test('each system gets the completion of zsh where it looks for it', () => {
  expect(pathsOf('deb')).toContain('usr/share/zsh/vendor-completions/_mig_program');
  expect(pathsOf('rpm')).toContain('usr/share/zsh/site-functions/_mig_program');
});

test('nothing runs while mig is installed or removed', () => {
  expect([cliPackage(built, 'deb').scripts, cliPackage(built, 'rpm').scripts]).toEqual([{}, {}]);
});

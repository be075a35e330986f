import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { listPackages } from '../../../../../platform/machine/packages/list-packages.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-list-'));
const PATH = process.env.PATH;
afterEach(() => {
  process.env.PATH = PATH;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Puts these programs on the PATH, and no other but the shell's. */
function usePrograms(programs: Record<string, string>): void {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env.PATH = bin;
}

function rootWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(folder, 'root-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** With the fields of dpkg-query, which JavaScript would take for its own. */
const FORMAT = ['db:Status-Abbrev', 'binary:Package', 'Version', 'Architecture']
  .map((name) => `$\{${name}}`)
  .join('|')
  .concat('\\n');

const list = (root = folder, timeMs = 60_000) => listPackages({ root, endsAtMs: performance.now() + timeMs });
const installed = (name: string) =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n`;

test('programs on the PATH are asked as MIG asks them, rpm first', async () => {
  usePrograms({
    rpm: `[ "$*" = '-qa --queryformat %{NAME} %{EVR} %{ARCH}\\n' ] && echo 'bash 1:4.2-1 x86_64' && echo 'gpg-pubkey (none)'`,
    dpkg: `[ "$*" = -l ] && echo 'ii  libc6:amd64  2.31  amd64  GNU C' && echo 'hi held 1 all'`,
  });
  expect(await list()).toEqual({
    packages: [
      { name: 'bash', version: '1:4.2-1', type: 'rpm', arch: 'x86_64' },
      { name: 'libc6:amd64', version: '2.31', type: 'dpkg', arch: 'amd64' },
    ],
    errors: [],
    limits: [],
  });
});

test('a program gets room for its columns, and nothing of our environment', async () => {
  process.env.SECRET = 'x';
  usePrograms({ dpkg: `echo "ii columns=$COLUMNS secret=$SECRET all"`, rpm: 'exit 0' });
  const { packages } = await list();
  expect(packages).toMatchObject([{ name: 'columns=1000', version: 'secret=' }]);
  delete process.env.SECRET;
});

test('the true dpkg cuts no name', async () => {
  const version = execFileSync('sh', ['-c', 'command -v dpkg || true'], { encoding: 'utf8' }).trim();
  const { packages, errors } = await list();
  if (version === '') return expect(errors).toHaveLength(1);
  const rows = execFileSync('dpkg-query', ['-W', '-f', FORMAT], {
    encoding: 'utf8',
  });
  const expected = rows
    .split('\n')
    .filter((row) => row.startsWith('ii |'))
    .map((row) => row.slice('ii |'.length));
  expect(
    packages
      .filter(({ type }) => type === 'dpkg')
      .map((one) => `${one.name}|${one.version}|${one.arch}`)
      .sort(),
  ).toEqual(expected.sort());
});

test('a program that fails is an error with its reason', async () => {
  usePrograms({ rpm: 'echo "cannot open the database" >&2; exit 3', dpkg: 'exit 0' });
  expect((await list()).errors).toEqual(['rpm ended with status 3: cannot open the database']);
});

test('a program that never ends is killed at the time limit, and the packages before are kept', async () => {
  usePrograms({ rpm: 'echo "bash 1 all"; while :; do :; done', dpkg: 'exit 0' });
  const { packages, errors, limits } = await list(folder, 5_000);
  expect(packages).toHaveLength(1);
  expect(limits[0]).toBe('rpm was ended: the time was over after 1 packages');
  expect(errors).toEqual(limits);
});

test('a program that prints without end is ended', async () => {
  usePrograms({ rpm: 'while :; do echo "x 1 all"; done', dpkg: 'exit 0' });
  const { limits } = await list(folder, 5_000);
  expect(limits[0]).toMatch(
    /^rpm was (ended|not read to its end): (there are more than 200000 packages|the time was over after \d+ packages)$/,
  );
});

test('without programs the databases are read', async () => {
  usePrograms({});
  const { packages, errors } = await list(
    rootWith({ 'var/lib/dpkg/status': installed('a') + installed('b') }),
  );
  expect(packages.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(errors).toEqual([]);
});

test('a database that is damaged is an error that names it, beside the packages of others', async () => {
  usePrograms({});
  const root = rootWith({ 'var/lib/dpkg/status': installed('a'), 'var/lib/rpm/Packages': 'nonsense' });
  const { packages, errors } = await list(root);
  expect(packages).toHaveLength(1);
  expect(errors).toEqual([
    `${root}/var/lib/rpm/Packages was read up to its package 0: it refers to byte 72, but has 8 bytes`,
  ]);
});

test('no source at all is an error, not an empty answer', async () => {
  usePrograms({});
  expect((await list(rootWith({}))).errors).toEqual([
    expect.stringContaining('there is no rpm and no dpkg, nor a database of one'),
  ]);
});

test('names of more than a thousand characters are left out, with an error', async () => {
  usePrograms({});
  const { packages, limits } = await list(
    rootWith({ 'var/lib/dpkg/status': installed('x'.repeat(2000)) + installed('a') }),
  );
  expect(packages).toHaveLength(1);
  expect(limits).toEqual([expect.stringContaining('1 packages have names or versions over 1024 characters')]);
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { requireSameFiles } from '../../../../cli/manifest/compare-files.ts';
import { readManifestFiles, unknownFiles } from '../../../../cli/manifest/read-files.ts';
import { errorMessage } from '../../../../contract/errors.ts';
import { makeTarGzip } from '../../../setup/tar-archive.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderOf(name: string, files: Record<string, string>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const refusalOf = (path: string) =>
  readManifestFiles(path).then(
    () => 'not refused',
    (error: unknown) => errorMessage(error),
  );

test('a folder and an archive of it have the same files', async () => {
  const folder = folderOf('release', { configuration: '[agent]\n', 'mig-agent': 'agent' });
  const archive = join(root, 'release.tar.gz');
  const files = { 'x/configuration': '[agent]\n', 'mig-agent': 'agent' };
  writeFileSync(
    archive,
    makeTarGzip(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]))),
  );
  const [one, other] = [await readManifestFiles(folder), await readManifestFiles(archive)];
  const named = ({ name, sha256, size }: (typeof one.files)[number]) => ({ name, sha256, size });
  expect(one.files.map(named)).toEqual(other.files.map(named));
  expect(one.files.map(({ name, size }) => [name, size])).toEqual([
    ['configuration', 8],
    ['mig-agent', 5],
  ]);
  expect((await readManifestFiles(folder)).content).toBe(one.content);
});

test('a link to a file is followed, as by tar -h', async () => {
  const folder = folderOf('linked', {});
  symlinkSync(join(root, 'release', 'mig-agent'), join(folder, 'mig-agent'));
  expect((await readManifestFiles(folder)).files.map(({ size }) => size)).toEqual([5]);
});

describe('refuses, naming the path', () => {
  test.each([
    ['nothing', () => join(root, 'missing'), 'there is no such file'],
    ['an empty folder', () => folderOf('empty', {}), 'the archive has no file'],
    [
      'a name that loaders cannot have',
      () => folderOf('names', { 'a b': '' }),
      'the name "a b" has other than',
    ],
    [
      'a file that is no archive',
      () => join(folderOf('plain', { x: 'text' }), 'x'),
      'not compressed by gzip',
    ],
    [
      'a folder within',
      () => {
        const folder = folderOf('nested', {});
        mkdirSync(join(folder, 'within'));
        return folder;
      },
      'within is a folder',
    ],
    [
      'too many files',
      () => folderOf('many', Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, '']))),
      'more than 64 files',
    ],
    ['a device', () => '/dev/zero', 'is no file'],
  ])('%s', async (_, make, problem) => {
    const path = make();
    const message = await refusalOf(path);
    expect(message).toContain(problem);
    expect(message.startsWith(path)).toBe(true);
  });
});

test('names a file that no loader installs, and what was probably meant', () => {
  expect(unknownFiles([{ name: 'mig-agent' }, { name: 'agentcrt' }, { name: 'README' }])).toEqual([
    'no loader installs a file named agentcrt; did you mean agentcert?',
    'no loader installs a file named README',
  ]);
});

test('names each difference between a manifest and what somebody has built', () => {
  const file = (name: string, sha256: string) => ({ name, sha256 });
  const own = [file('a', '1'), file('b', '2'), file('c', '3')];
  expect(() => requireSameFiles(own, [...own].reverse())).not.toThrow();
  expect(() => requireSameFiles([file('a', '1'), file('b', 'x'), file('d', '4')], own)).toThrow(
    'b has another content, d is only in the manifest, c is not in the manifest',
  );
});

import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  findFiles,
  flagsToParameters,
  openRegularFile,
  type Path,
  toDisplayPath,
  toSystemPath,
} from '../../../../modules/file/find-files.ts';
import { NO_TERMS } from '../../../../modules/module.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-find-files-'));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'sub'));
writeFileSync(join(root, 'one.pub'), 'ssh-rsa AAAA\n');
writeFileSync(join(root, 'sub', 'two.pub'), 'nothing\n');
writeFileSync(
  Buffer.concat([Buffer.from(`${root}/sub/`), Buffer.from([0xff]), Buffer.from('.pub')]),
  'ssh-rsa\n',
);

const PUBLIC_KEYS = { path: [root], name: [String.raw`\.pub$`] };
const invalid = { code: 'parameters_invalid' };

test('a search of another module finds files by their flags', async () => {
  const found = await findFiles(flagsToParameters({ ...PUBLIC_KEYS, content: ['^ssh-rsa'] }), NO_TERMS);
  expect(found.paths.map(toDisplayPath)).toEqual([`${root}/one.pub`, `${root}/sub/\ufffd.pub`]);
  expect(found).toMatchObject({ errors: [], limits: [] });
});

test('a found file can be opened, whatever the bytes of its name', async () => {
  const { paths } = await findFiles(flagsToParameters({ ...PUBLIC_KEYS, content: ['^ssh-rsa'] }), NO_TERMS);
  const open = (path: Path) => closeSync(openRegularFile(path, 100).fd);
  expect(paths.map(toSystemPath).map(Buffer.isBuffer)).toEqual([false, true]);
  expect(() => paths.map(open)).not.toThrow();
});

test.runIf(process.platform === 'linux')(
  'a file of the kernel is read by its path, and not behind a link',
  () => {
    const link = join(root, 'link');
    symlinkSync('/proc/version', link);
    expect(() => openRegularFile(link, 100)).toThrow(`read ${link}: is a link to a file of the kernel`);
    // The last one is a link within /proc.
    for (const path of ['/proc/version', '/proc/self/status', '/proc/mounts'])
      closeSync(openRegularFile(path, 100).fd);
    rmSync(link);
  },
);

test('a file that passes two checks of matchany is found once', async () => {
  const flags = { path: [root], name: ['^one', 'pub$'], matchany: true };
  const { paths } = await findFiles(flagsToParameters(flags), NO_TERMS);
  expect(paths.toSorted()).toEqual([...new Set(paths)].toSorted());
  expect(paths).toHaveLength(3);
});

test('a limit that cut the search is among the errors', async () => {
  const { paths, errors, limits } = await findFiles(
    flagsToParameters({ ...PUBLIC_KEYS, matchlimit: 1 }),
    NO_TERMS,
  );
  expect(paths).toHaveLength(1);
  expect(limits).toEqual([
    "search 's1' ended at its limit of 1 matches: there may be more (see -matchlimit)",
  ]);
  expect(errors).toEqual(limits);
});

test('a search whose time is over names where it ended', async () => {
  const terms = { ...NO_TERMS, endsAtMs: 0 };
  const { limits } = await findFiles(flagsToParameters(PUBLIC_KEYS), terms);
  expect(limits).toEqual([expect.stringContaining(`at ${root}/sub: nothing after it was searched`)]);
});

test('two searches in one process know nothing of each other', async () => {
  const search = () => findFiles(flagsToParameters({ ...PUBLIC_KEYS, matchlimit: 2 }), NO_TERMS);
  const [first, second] = await Promise.all([search(), search()]);
  expect(second).toEqual(first);
  expect(first.paths).toHaveLength(2);
});

test('parameters that module file refuses are refused with its text', async () => {
  await expect(findFiles(flagsToParameters({ name: ['x'] }), NO_TERMS)).rejects.toMatchObject(invalid);
  await expect(findFiles({ searches: [] }, NO_TERMS)).rejects.toMatchObject(invalid);
  await expect(findFiles(flagsToParameters({ path: ['/'], name: ['('] }), NO_TERMS)).rejects.toThrow(
    "Invalid regexp '('",
  );
});

test('a path that is missing is an error of the search', async () => {
  const { paths, errors } = await findFiles(
    flagsToParameters({ path: [`${root}/none`], name: ['x'] }),
    NO_TERMS,
  );
  expect(paths).toEqual([]);
  expect(errors[0]).toBe(`ERROR: open ${root}/none: no such file or directory`);
});

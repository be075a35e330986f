import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../dev/build/ensure-built.ts';
import { filesOf, searchFiles } from '../setup/file-module.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-additions-'));
const tree = join(root, 'tree');
/** On another file system than /dev. */
const shared = mkdtempSync('/dev/shm/mig-additions-');
const IS_ROOT = process.getuid?.() === 0;
const UID = IS_ROOT ? 12_345 : (process.getuid?.() ?? 0);
const GID = IS_ROOT ? 54_321 : (process.getgid?.() ?? 0);
let agent: string;

beforeAll(() => {
  agent = ensureAgentBuilt();
  makeTree();
});
afterAll(() => {
  for (const folder of [root, shared]) rmSync(folder, { recursive: true, force: true });
});

const PERMISSIONS = [0o000, 0o600, 0o644, 0o666, 0o755, 0o1777, 0o2755, 0o4755, 0o4711, 0o6777];

function makeTree(): void {
  const folders = ['', 'a', 'a/b', 'a/.git', 'a/.git/c', 'ab', 'out', 'out/deep', 'x y'];
  for (const folder of folders) {
    mkdirSync(join(tree, folder), { recursive: true });
    for (const [index, mode] of PERMISSIONS.entries()) {
      const path = join(tree, folder, `f${index}-${folder.replaceAll('/', '_')}.txt`);
      writeFileSync(path, 'text');
      if (IS_ROOT && index % 2 === 1) chownSync(path, UID, index % 4 === 1 ? GID : 0);
      chmodSync(path, mode);
    }
  }
  const undecodable = Buffer.concat([Buffer.from(`${tree}/bad-`), Buffer.of(0xff), Buffer.from('-folder')]);
  mkdirSync(undecodable);
  writeFileSync(Buffer.concat([undecodable, Buffer.from('/inside.txt')]), '');
  writeFileSync(join(shared, 'elsewhere.txt'), '');
}

/** What `find` prints for files, in the form in which results show names. */
function find(...args: string[]): string[] {
  const { stdout, stderr, status } = spawnSync('find', args, {
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
    .sort();
}

const search = (one: Record<string, unknown>, options: Record<string, unknown> = {}) =>
  searchFiles({ s1: { paths: [tree], ...one, options: { matchall: true, ...options } } }, { agent });

const everyFile = { names: ['.'] };
const FILES = [tree, '-type', 'f'];
const not = (flag: string) => ({ mismatch: [flag] });
const pruned = (...test: string[]) => [tree, ...test, '-prune', '-o', '-type', 'f'];

/** Few builds of find know birth times: stat prints them, in whole seconds. */
const BORN_LATELY: [number, number] = [Math.floor(Date.now() / 1000) - 3600, Number.MAX_SAFE_INTEGER];
const bornIn = ([from, to]: [number, number]) => [
  ...FILES,
  '-exec',
  'sh',
  '-c',
  `for file; do born=$(stat -c %W "$file"); test $born -ge ${from} && test $born -lt ${to} && printf '%s\\0' "$file"; done; true`,
  'sh',
  '{}',
  '+',
];

const JUDGED: [string, Record<string, unknown>, Record<string, unknown>, string[]][] = [
  ['owner by name', { owners: ['root'] }, {}, [...FILES, '-user', 'root']],
  ['owner by number', { owners: [String(UID)] }, {}, [...FILES, '-user', String(UID)]],
  ['not the owner', { owners: ['0'] }, not('owner'), [...FILES, '!', '-user', '0']],
  ['group by name', { groups: ['root'] }, {}, [...FILES, '-group', 'root']],
  ['group by number', { groups: [String(GID)] }, {}, [...FILES, '-group', String(GID)]],
  ['not the group', { groups: ['root'] }, not('group'), [...FILES, '!', '-group', 'root']],
  ...['644', '0644', '4755', '-4000', '-022', '/022', '/6000', '-0', '/000', '0', '-111'].map(
    (perm): (typeof JUDGED)[number] => [`perm ${perm}`, { perms: [perm] }, {}, [...FILES, '-perm', perm]],
  ),
  ['not perm', { perms: ['/022'] }, not('perm'), [...FILES, '!', '-perm', '/022']],
  [
    'any of two',
    { perms: ['600', '644'] },
    { matchall: false },
    [...FILES, '(', '-perm', '600', '-o', '-perm', '644', ')'],
  ],
  ['changed lately', { ctimes: ['<60m'] }, {}, [...FILES, '-cmin', '-60']],
  ['changed before', { ctimes: ['>60m'] }, {}, [...FILES, '-cmin', '+60']],
  ['born lately', { btimes: ['<1h'] }, {}, bornIn(BORN_LATELY)],
  ['not born lately', { btimes: ['<1h'] }, not('btime'), bornIn([0, BORN_LATELY[0]])],
  ['owner and perm', { owners: ['root'], perms: ['/111'] }, {}, [...FILES, '-user', 'root', '-perm', '/111']],
  ['without a folder', { ...everyFile, excludes: [`${tree}/a/`] }, {}, pruned('-path', `${tree}/a`)],
  ['without a file', { ...everyFile, excludes: [`${tree}/f1-.txt`] }, {}, pruned('-path', `${tree}/f1-.txt`)],
  [
    'without two folders',
    { ...everyFile, excludes: [`${tree}/out/deep`, `${tree}/x y`] },
    {},
    pruned('(', '-path', `${tree}/out/deep`, '-o', '-path', `${tree}/x y`, ')'),
  ],
  [
    'without a name that is no text',
    { ...everyFile, excludes: [`${tree}/bad-\ufffd-folder`] },
    {},
    pruned('-path', `${tree}/bad-?-folder`),
  ],
  [
    'without a pattern',
    { ...everyFile, excluderegexes: [String.raw`/\.git$`] },
    {},
    pruned('-regextype', 'posix-extended', '-regex', String.raw`.*/\.git`),
  ],
  [
    'without files of a pattern',
    { ...everyFile, excluderegexes: ['f[0-4]-'] },
    {},
    pruned('-regextype', 'posix-extended', '-regex', '.*f[0-4]-.*'),
  ],
  [
    'one file system',
    { paths: ['/dev'], names: ['elsewhere'] },
    { xdev: true },
    ['/dev', '-xdev', '-type', 'f', '-name', '*elsewhere*'],
  ],
  [
    'all file systems',
    { paths: ['/dev'], names: ['elsewhere'] },
    {},
    ['/dev', '-type', 'f', '-name', '*elsewhere*'],
  ],
];

test('searches by the additions agree with find', async () => {
  expect(statSync('/dev').dev).not.toBe(statSync(shared).dev);
  const rows = [];
  for (const [what, one, options, args] of JUDGED) {
    const result = await search(one, options);
    const theirs = find(...args, ...(args.includes('-exec') ? [] : ['-print0']));
    const ours = filesOf(result);
    const differing = [
      ...ours.filter((path) => !theirs.includes(path)),
      ...theirs.filter((path) => !ours.includes(path)),
    ];
    rows.push({ what, ours: ours.length, theirs: theirs.length, differing, errors: result.errors });
  }
  process.stderr.write(`${rows.map(({ what, ours, theirs }) => `${what}: ${ours} ${theirs}`).join('\n')}\n`);
  expect(rows.filter(({ differing, errors }) => differing.length > 0 || errors !== null)).toEqual([]);
  // Without older files in the tree and without other file systems, nothing can be found.
  const empty = [
    'changed before',
    'not born lately',
    'one file system',
    ...(IS_ROOT ? [] : ['not the owner']),
  ];
  expect(rows.filter(({ what, theirs }) => theirs === 0 && !empty.includes(what))).toEqual([]);
});

describe('a search that only counts', () => {
  test('returns the number that find counts, and no name', async () => {
    const result = await search({ perms: ['/022'] }, { count: true });
    expect(result.elements.s1).toMatchObject([
      { file: '', count: find(...FILES, '-perm', '/022', '-print0').length },
    ]);
    const text = JSON.stringify({
      ...result,
      elements: result.elements.s1?.map(({ search: _, ...rest }) => rest),
    });
    expect(text).not.toContain('.txt');
    expect(text).not.toContain(tree);
    const any = await search(
      { perms: ['600', '644'], names: ['^nothing$'] },
      { count: true, matchall: false },
    );
    expect(any.elements.s1?.map(({ count }) => count)).toEqual([
      0,
      find(...FILES, '-perm', '600', '-print0').length,
      find(...FILES, '-perm', '644', '-print0').length,
    ]);
  });

  test('counts a file once when its paths overlap', async () => {
    const { elements } = await search({ paths: [tree, `${tree}/a`], ...everyFile }, { count: true });
    expect(elements.s1?.[0]?.count).toBe(find(...FILES, '-print0').length);
  });

  test('gives errors and limits without names', async () => {
    const paths = [tree, `${root}/missing`];
    const result = await search({ paths, contents: ['no such text'] }, { count: true });
    expect(result.errors?.join()).toMatch(/^\d+ errors, without their texts because of -count/);
    expect(JSON.stringify(result.errors)).not.toContain(root);
  });
});

test('a search ends when its own time is over, and reports where', async () => {
  const result = await search({ paths: ['/usr'], contents: ['no such text anywhere'] }, { maxtime: '1s' });
  expect(result.success).toBe(true);
  const limit =
    /^search 's1' ended when its time of 1s was over, at \/usr.*: the rest was not searched \(see -maxtime\)$/;
  expect(result.limits).toEqual(expect.arrayContaining([expect.stringMatching(limit)]));
  expect(result.errors).toEqual(expect.arrayContaining([expect.stringMatching(limit)]));
});

test('what an endpoint does not know is an error, and never a match', async () => {
  const stranger = await search({ owners: ['no-such-user'] });
  expect(stranger.elements.s1?.map(({ file }) => file)).toEqual(['']);
  expect(stranger.errors).toEqual([
    expect.stringMatching(/^-owner no-such-user: \/etc\/passwd of this endpoint has no/),
  ]);
  for (const mismatch of [null, ['btime']]) {
    const unborn = await search(
      { paths: ['/proc/sys/kernel'], names: ['^ostype$'], btimes: ['<1d'] },
      { mismatch },
    );
    expect(unborn.elements.s1?.map(({ file }) => file)).toEqual(['']);
    expect(unborn.errors).toEqual([
      '-btime <1d: 1 files have no such time, because their file system records none, and were not compared; the first is /proc/sys/kernel/ostype',
    ]);
  }
});

test('a misspelt parameter is refused, and ignored only for programs of MIG, as MIG ignores it', async () => {
  const searches = { s1: { paths: [tree], names: ['^f1-'], owner: ['nobody'], options: { matchall: true } } };
  const refused = await searchFiles(searches, { agent });
  expect(refused).toMatchObject({ success: false, errors: [expect.stringContaining("'searches.s1.owner'")] });
  const ignored = await searchFiles(searches, { agent, terms: null });
  expect(filesOf(ignored).length).toBeGreaterThan(0);
});

test.each([
  [{ owners: ['a b'] }, {}, "Invalid owner 'a b'. Must be a name or a number"],
  [{ groups: [''] }, {}, 'Empty values are not permitted'],
  [{ perms: ['u+s'] }, {}, "Invalid perm format for perm 'u+s'."],
  [{ perms: ['8'] }, {}, "Invalid perm format for perm '8'."],
  [{ ctimes: ['1d'] }, {}, "Invalid ctime format for ctime '1d'."],
  [{ btimes: ['<'] }, {}, "Invalid btime format for btime '<'."],
  [{ excludes: ['relative'] }, {}, "Invalid exclude 'relative'. Must be an absolute path"],
  [{ excludes: [''] }, {}, "Invalid exclude ''. Must be an absolute path"],
  [{ excluderegexes: ['('] }, {}, "Invalid regexp '('."],
  [{}, { maxtime: '10' }, "Invalid maxtime format for maxtime '10'."],
  [{}, { maxtime: '0s' }, "Invalid maxtime format for maxtime '0s'."],
  [{}, { mismatch: ['excludes'] }, "The syntax of filter 'excludes' is invalid."],
])('%j %j is refused', async (one, options, error) => {
  const result = await search({ names: ['.'], ...one }, options);
  expect(result).toMatchObject({ success: false, errors: [expect.stringContaining(error)] });
});

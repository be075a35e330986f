import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../dev/build/ensure-built.ts';
import { compareAnswers, tableOf } from '../fixtures/hostile-tree/compare.ts';
import {
  EIGHT_TERABYTES,
  makeEntries,
  makeHostileTree,
  makePipe,
  makeSparse,
} from '../fixtures/hostile-tree/make-tree.ts';
import { filesOf, searchFiles } from '../setup/file-module.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-hostile-'));
const tree = join(root, 'tree');
let agent: string;
beforeAll(() => {
  agent = ensureAgentBuilt();
  mkdirSync(tree);
  makeHostileTree(tree);
  chmodSync(root, 0o755);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const search = (search: Record<string, unknown>, options: Partial<Parameters<typeof searchFiles>[1]> = {}) =>
  searchFiles({ s1: { options: { matchall: true }, ...search } }, { agent, ...options });
/** A user without the rights of root, when the tests run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534 } : {};
const folder = (name: string): string => {
  const path = join(root, name);
  mkdirSync(path);
  return path;
};

test('over 40 searches in a hostile tree agree with find, grep and sha256sum', async () => {
  const rows = await compareAnswers(tree, { agent });
  process.stderr.write(`${tableOf(rows)}\n`);
  expect(rows.filter(({ differing }) => differing.length > 0)).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(40);
  // An empty result must not be compared with an empty result.
  expect(rows.filter(({ theirs }) => theirs === 0)).toEqual([]);
});

describe('a match is never dropped', () => {
  test('in a folder that can be listed but not entered', async () => {
    const listed = folder('listed');
    writeFileSync(join(listed, 'secret.txt'), '');
    chmodSync(listed, 0o744);
    const result = await search({ paths: [listed], names: ['secret'] }, NOBODY);
    chmodSync(listed, 0o755);
    expect(filesOf(result)).toEqual([join(listed, 'secret.txt')]);
    expect(result.errors).toEqual([`buildResults() -> stat ${listed}/secret.txt: permission denied`]);
  });

  test('when its hash cannot be computed', async () => {
    const locked = folder('locked');
    for (const name of ['a.txt', 'b.txt']) writeFileSync(join(locked, name), 'text');
    chmodSync(join(locked, 'a.txt'), 0o000);
    const options = { matchall: true, returnsha256: true };
    const result = await search({ paths: [locked], names: ['txt$'], options }, NOBODY);
    const matches = result.elements.s1 ?? [];
    expect(
      matches.map(({ file, fileinfo }) => [file, fileinfo.size, fileinfo.sha256?.length]).sort(),
    ).toEqual([
      [join(locked, 'a.txt'), 4, undefined],
      [join(locked, 'b.txt'), 4, 64],
    ]);
    expect(result.errors).toEqual([`buildResults() -> getHash() -> open ${locked}/a.txt: permission denied`]);
  });

  test('by a search whose label is a property of JavaScript objects', async () => {
    const searches = JSON.parse(
      JSON.stringify({ x: { paths: [tree], names: ['^.-root'] }, y: { paths: [tree], names: ['^inside'] } })
        .replace('"x"', '"__proto__"')
        .replace('"y"', '"constructor"'),
    );
    const { elements } = await searchFiles(searches, { agent });
    expect(Object.keys(elements).sort()).toEqual(['__proto__', 'constructor']);
    expect(
      Object.entries(elements)
        .map(([, matches]) => matches[0]?.file)
        .sort(),
    ).toEqual([join(tree, '\ufffd-folder/inside.txt'), join(tree, '\ufffd-root.txt')]);
  });
});

describe('a damaged gzip file', () => {
  test.each([
    ['trailing.gz', 'gzip: invalid header'],
    ['trailing-zeros.gz', 'gzip: invalid header'],
    ['truncated.gz', 'unexpected EOF'],
    ['truncated-large.gz', 'unexpected EOF'],
    ['corrupt.gz', 'gzip: invalid checksum'],
    ['bad-block.gz', 'flate: corrupt input before offset '],
    ['checksum.gz', 'gzip: invalid checksum'],
    ['magic-only.gz', 'unexpected EOF'],
  ])('%s ends with an error in its content and in its hash', async (name, error) => {
    const options = { matchall: true, decompress: true };
    const file = join(tree, 'gz', name);
    const content = await search({ paths: [file], contents: ['no such line'], options });
    expect(content.errors).toEqual([expect.stringContaining(`checkContent() -> ${error}`)]);
    const hash = await search({ paths: [file], md5: ['0'.repeat(32)], options });
    expect(hash.errors).toEqual([expect.stringContaining(`checkHash() -> getHash() -> ${error}`)]);
  });

  test('does not match "no line matches", because its rest was not read', async () => {
    const options = { matchall: true, decompress: true };
    const result = await search({
      paths: [join(tree, 'gz')],
      names: ['truncated'],
      contents: ['!nothing'],
      options,
    });
    expect(filesOf(result)).toEqual([]);
    expect(result.errors).toHaveLength(2);
  });
});

describe('paths', () => {
  test('of roots are accepted as they were printed', async () => {
    const result = await search({ paths: [join(tree, 'names/d\ufffd/sub\ufffd')], names: ['^plain'] });
    expect(filesOf(result)).toEqual([join(tree, 'names/d\ufffd/sub\ufffd/plain.txt')]);
    expect(filesOf(await search({ paths: [join(tree, '\ufffd-root.txt')], names: ['.'] }))).toHaveLength(1);
  });

  test('that are empty mean the working folder, and a depth below one is refused', async () => {
    expect(filesOf(await search({ paths: [''], names: ['^inside'] }, { cwd: tree }))).toEqual([
      './\ufffd-folder/inside.txt',
    ]);
    for (const maxdepth of [-1, 0.5]) {
      const result = await search({ paths: [tree], names: ['.'], options: { maxdepth } });
      expect(result.success).toBe(false);
      expect(result.errors).toEqual([`The maxdepth ${maxdepth} is invalid. Must be 0 or at least 1`]);
    }
  });

  test('that are broken links or links to folders have one error each', async () => {
    const broken = await search({ paths: [join(tree, 'links/broken')], names: ['.'] });
    expect(broken.errors).toEqual([`ERROR: open ${tree}/links/broken: no such file or directory`]);
    const loop = await search({ paths: [join(tree, 'links/loop-a')], contents: ['.'] });
    expect(loop.errors).toEqual([`ERROR: open ${tree}/links/loop-a: too many levels of symbolic links`]);
    const linked = await search({ paths: [join(tree, 'links/to-folder')], contents: ['needle'] });
    expect(linked.errors).toEqual([
      `warning: ${tree}/links/to-folder is a link to ${tree}/links/folder and was not followed`,
    ]);
    const toFile = await search({ paths: [join(tree, 'links/chain\ufffd')], contents: ['behind'] });
    expect(filesOf(toFile)).toEqual([join(tree, 'links/folder/target\ufffd.txt')]);
  });
});

describe('the time of a search is bounded', () => {
  test('one file of eight terabytes is named, and hides no match', async () => {
    const sparse = folder('sparse');
    makeSparse(join(sparse, 'eight-terabytes'), EIGHT_TERABYTES);
    writeFileSync(join(sparse, 'small.txt'), 'needle\n');
    const startMs = performance.now();
    const result = await search(
      { paths: [sparse], contents: ['needle'] },
      { terms: { timeoutms: 4000, maxbytes: 1_000_000 } },
    );
    expect(performance.now() - startMs).toBeLessThan(60_000);
    expect(filesOf(result)).toEqual([join(sparse, 'small.txt')]);
    expect(result.errors?.[0]).toMatch(
      /^the search was ended after \d\.\d s, .* at .*\/eight-terabytes: nothing after it/,
    );
    const options = { matchall: true, returnsha256: true };
    const hashed = await search(
      { paths: [sparse], names: ['.'], options },
      { terms: { timeoutms: 4000, maxbytes: 1_000_000 } },
    );
    expect(hashed.elements.s1?.map(({ fileinfo }) => typeof fileinfo.sha256).sort()).toEqual([
      'string',
      'undefined',
    ]);
    expect(hashed.errors).toEqual(["1 matches in search 's1' have no hash: the time was over"]);
  });

  test('/proc can be searched', async () => {
    const result = await search(
      { paths: ['/proc/self', '/proc/sys/kernel'], contents: ['no such text anywhere'] },
      { terms: { timeoutms: 20_000, maxbytes: 1_000_000 } },
    );
    expect(result.statistics.filescount).toBeGreaterThan(100);
  });

  test('a file that grows or shrinks while it is read ends', async () => {
    const changing = folder('changing');
    const path = join(changing, 'log');
    writeFileSync(path, 'line\n'.repeat(1_000_000));
    const writer = openSync(path, 'a');
    let isOver = false;
    const searching = search({ paths: [changing], contents: ['absent'], sha2: ['0'.repeat(64)] }).finally(
      () => {
        isOver = true;
      },
    );
    for (let i = 0; !isOver; i++) {
      if (i % 50 === 49) truncateSync(path, 1_000_000);
      else writeSync(writer, 'line\n'.repeat(200_000));
      await nextTurn();
    }
    closeSync(writer);
    const result = await searching;
    expect(result.statistics).toMatchObject({ filescount: 1, totalhits: 0 });
    expect(result.errors).toBeNull();
  });

  test('a pipe that replaces a file does not block the search', async () => {
    const swapped = folder('swapped');
    for (let i = 0; i < 200; i++) writeFileSync(join(swapped, `file-${i}`), 'needle\n');
    makePipe(join(root, 'pipe'));
    let isOver = false;
    const searching = search({ paths: [swapped], contents: ['needle'] }).finally(() => {
      isOver = true;
    });
    for (let i = 0; !isOver; i++) {
      renameSync(join(swapped, `file-${i % 200}`), join(root, 'aside'));
      renameSync(join(root, 'pipe'), join(swapped, `file-${i % 200}`));
      await nextTurn();
      renameSync(join(swapped, `file-${i % 200}`), join(root, 'pipe'));
      renameSync(join(root, 'aside'), join(swapped, `file-${i % 200}`));
    }
    expect((await searching).statistics.filescount).toBeGreaterThan(100);
  });

  test('a folder of many entries needs no more memory than one of few', async () => {
    using many = entriesInMemory(400_000);
    const result = await search({ paths: [many.folder], names: ['^entry-399999$'] });
    expect(filesOf(result)).toEqual([join(many.folder, 'entry-399999')]);
    expect(result.statistics.filescount).toBe(400_000);
    expect(result.peakMb).toBeLessThan(120);
  });
});

/** On a disk this many files would take minutes. */
function entriesInMemory(count: number) {
  const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mig-entries-'));
  const remove = () => rmSync(memory, { recursive: true, force: true });
  const folder = join(memory, 'many');
  makeEntries(folder, count);
  return { folder, [Symbol.dispose]: remove };
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ModuleResult } from '../../contract/module-result.ts';
import { ensureAgentBuilt } from '../../dev/build/ensure-built.ts';
import { EIGHT_TERABYTES, makeEntries, makeSparse } from '../fixtures/hostile-tree/make-tree.ts';
import { filesOf, searchFiles } from '../setup/file-module.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-limits-'));
const many = join(root, 'many');
const COUNT = 15_000;
let agent: string;
beforeAll(() => {
  agent = ensureAgentBuilt();
  makeEntries(many, COUNT);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const search = (
  options: Record<string, unknown>,
  terms?: { timeoutms: number; maxbytes: number } | null,
  rest: Record<string, unknown> = { names: ['.'] },
) =>
  searchFiles(
    { s1: { paths: [many], ...rest, options: { matchall: true, ...options } } },
    { agent, ...(terms === undefined ? {} : { terms }) },
  );
const SMALL = { timeoutms: 60_000, maxbytes: 200_000 };

describe('a search that reached its limit of matches reports it', () => {
  test.each([1, 10, 1000])('of %i', async (matchlimit) => {
    const { elements, errors, limits } = await search({ matchlimit });
    expect(elements.s1).toHaveLength(matchlimit);
    expect(errors).toEqual([
      `search 's1' ended at its limit of ${matchlimit} matches: there may be more (see -matchlimit)`,
    ]);
    expect(limits).toEqual(errors);
  });

  test('but not when there were no more matches', async () => {
    const few = join(root, 'few');
    makeEntries(few, 10);
    const { errors } = await search({ matchlimit: 10 }, undefined, { names: ['.'], paths: [few] });
    expect(errors).toBeNull();
  });

  test('to MIG only when nobody set the limit', async () => {
    expect((await search({ matchlimit: 4 }, null)).errors).toBeNull();
    const { errors, limits } = await search({ matchlimit: 1000 }, null);
    expect([errors?.length, limits]).toEqual([1, undefined]);
  });

  test('for each search on its own', async () => {
    const searches = Object.fromEntries(
      [5, 0].map((matchlimit) => [
        `l${matchlimit}`,
        { paths: [many], names: ['.'], options: { matchlimit } },
      ]),
    );
    const { elements, errors, statistics } = await searchFiles(searches, { agent });
    expect([elements.l5?.length, elements.l0?.length]).toEqual([5, COUNT]);
    expect(statistics.totalhits).toBe(COUNT + 5);
    expect(errors).toEqual([expect.stringContaining("search 'l5' ended at its limit of 5 matches")]);
  });
});

describe('an answer that is too large is cut', () => {
  test('with the number of all matches', async () => {
    const result = await search({ matchlimit: 20_000 }, SMALL);
    const returned = filesOf(result).length;
    expect(result.bytes).toBeLessThanOrEqual(SMALL.maxbytes);
    expect(result.bytes).toBeGreaterThan(SMALL.maxbytes / 2);
    expect(result.statistics.totalhits).toBe(COUNT);
    expect(result.errors).toEqual([
      `${COUNT - returned} of ${COUNT} matches in search 's1' were not returned: they may take 140000 bytes`,
    ]);
  });

  test('with room for every search', async () => {
    const one = { paths: [many], names: ['.'], options: { matchall: true } };
    const searches = { a: one, b: { ...one, names: ['^entry-1$'] }, c: one };
    const result = await searchFiles(searches, { agent, terms: SMALL });
    expect(result.bytes).toBeLessThanOrEqual(SMALL.maxbytes);
    expect(filesOf(result, 'a').length).toBeGreaterThan(100);
    expect(filesOf(result, 'b')).toHaveLength(1);
    expect(filesOf(result, 'c').length).toBeGreaterThan(100);
    expect(result.errors).toHaveLength(2);
  });

  test('with its errors cut, too, and the number of all errors', async () => {
    const broken = join(root, 'broken');
    mkdirSync(broken);
    for (let i = 0; i < 3000; i++) symlinkSync(`nowhere-${i}`, join(broken, `link-${i}`));
    writeFileSync(join(broken, 'file'), '');
    const { bytes, errors, elements } = await search({}, SMALL, { names: ['.'], paths: [broken] });
    expect(bytes).toBeLessThanOrEqual(SMALL.maxbytes);
    expect(elements.s1).toHaveLength(1);
    const kept = (errors?.length ?? 0) - 1;
    expect(kept).toBeGreaterThan(100);
    expect(errors?.at(-1)).toBe(
      `${3000 - kept} errors were not returned (the ${kept} before are all that fits)`,
    );
    const limited = await search({ maxerrors: 30 }, SMALL, { names: ['.'], paths: [broken] });
    expect(limited.errors).toHaveLength(31);
    expect(limited.errors?.at(-1)).toBe('2970 errors were not returned (max errors = 30)');
    expect(limited.limits).toEqual(['2970 errors were not returned (max errors = 30)']);
  });

  test('but 14,000 hashes without a match make a small one', async () => {
    const sha2 = Array.from({ length: 14_000 }, (_, i) => i.toString(16).padStart(64, '0'));
    const one = join(root, 'one');
    makeEntries(one, 1);
    for (const matchall of [true, false]) {
      const { bytes, errors, foundanything } = await search({ matchall }, undefined, { sha2, paths: [one] });
      expect(foundanything).toBe(false);
      expect(errors).toBeNull();
      expect(bytes).toBeLessThan(50_000);
    }
  });
});

test('limits that fit are reported, with the number of the others', async () => {
  const searches = Object.fromEntries(
    Array.from({ length: 2000 }, (_, i) => [
      `s${i}`,
      { paths: [many], names: ['.'], options: { matchlimit: 1 } },
    ]),
  );
  const { bytes, errors, limits = [] } = await searchFiles(searches, { agent, terms: SMALL });
  expect(bytes).toBeLessThanOrEqual(SMALL.maxbytes);
  expect(limits.length).toBeGreaterThan(50);
  const more = Number(/^(\d+) more limits$/.exec(limits.at(-1) ?? '')?.[1]);
  // One for each search, and those of matches that did not fit.
  expect(limits.length - 1 + more).toBeGreaterThanOrEqual(2000);
  expect(errors).toEqual(limits);
});

test('files over 1 GB that were skipped for lack of time are counted', async () => {
  const folder = join(root, 'large');
  mkdirSync(folder);
  for (const name of ['one', 'two']) makeSparse(join(folder, name), 2 ** 31);
  const slow = join(root, 'slow');
  mkdirSync(slow);
  for (let i = 0; i < 200; i++) makeSparse(join(slow, String(i)), 2 ** 30 - 1);
  const { limits, statistics } = await search(
    {},
    { timeoutms: 4000, maxbytes: 200_000 },
    {
      paths: [folder, slow],
      contents: ['needle'],
    },
  );
  expect(limits).toEqual([
    expect.stringMatching(/^the search was ended after \d\.\d s, .*: nothing after it was searched$/),
    '2 files over 1 GB were not read: the time was over',
  ]);
  expect(statistics.filescount).toBeLessThan(202);
});

test('a default depth limit is reported', async () => {
  // Names of one letter, because a path has at most 4,096 bytes.
  const deep = join(root, 'deep');
  mkdirSync(join(deep, ...Array.from({ length: 1002 }, () => 'd')), { recursive: true });
  const { errors } = await search({ maxdepth: 1000 }, undefined, { names: ['.'], paths: [deep] });
  expect(errors).toEqual(["search 's1' did not enter folders below level 1000 (see -maxdepth)"]);
  expect((await search({ maxdepth: 0 }, undefined, { names: ['.'], paths: [deep] })).errors).toBeNull();
});

/** Runs `mig-agent -i` on an action with one operation for each search. */
function runAction(searches: readonly Record<string, unknown>[], settings: string): ModuleResult[] {
  const operations = searches.map((s1) => ({ module: 'file', parameters: { searches: { s1 } } }));
  const file = join(root, 'action.json');
  writeFileSync(file, JSON.stringify({ name: 'all', target: 'all', operations }));
  const config = join(root, 'mig-agent.cfg');
  writeFileSync(config, `[agent]\n  statedir = "${root}/state"\n${settings}\n`);
  const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const { stdout, stderr } = spawnSync(agent, ['-c', config, '-i', file], options);
  return ModuleResult.array().parse(JSON.parse(stdout || JSON.stringify(stderr)));
}

test('an agent sends as many matches as fit, and the full count', () => {
  const all = (matchlimit: number) => ({
    paths: [many],
    names: ['.'],
    options: { matchall: true, matchlimit },
  });
  const [large, limited] = runAction([all(20_000), all(1000)], '');
  expect(large).toMatchObject({ success: true, foundanything: true, statistics: { totalhits: COUNT } });
  expect(large?.errors).toEqual([expect.stringMatching(`^\\d+ of ${COUNT} matches in search 's1' were not`)]);
  expect(limited?.errors).toEqual([expect.stringContaining('ended at its limit of 1000 matches')]);
});

test('a module ends before its timeout and returns its matches', () => {
  const folder = join(root, 'endless');
  mkdirSync(folder);
  makeSparse(join(folder, 'eight-terabytes'), EIGHT_TERABYTES);
  writeFileSync(join(folder, 'small'), 'needle');
  const search = { paths: [folder], contents: ['needle'], options: { matchall: true } };
  const [result] = runAction([search], '  moduletimeout = "6s"');
  expect(result).toMatchObject({ success: true, foundanything: true, statistics: { totalhits: 1 } });
  expect(result?.errors).toEqual([expect.stringContaining(`at ${folder}/eight-terabytes: nothing after it`)]);
});

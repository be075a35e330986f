import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { type ProcessOptions, runModule } from '../../setup/module-process.ts';

const agent = inject('agentExecutable');
const NOBODY = 65_534;
const MB = 1024 ** 2;
const NEEDLE = 'a needle in many windows';

const root = mkdtempSync(join(tmpdir(), 'mig-yara-'));
chmodSync(root, 0o755);
afterAll(() => rmSync(root, { recursive: true }));

/** Makes a folder of files. */
function makeFiles(name: string, files: Record<string, string | Buffer>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return folder;
}

/** Makes a file with holes, and texts at offsets. */
function makeLarge(file: string, bytes: number, texts: Record<number, string>): void {
  const fd = openSync(file, 'w');
  ftruncateSync(fd, bytes);
  for (const [offset, text] of Object.entries(texts)) writeSync(fd, text, Number(offset));
  closeSync(fd);
}

async function scan(
  rules: string,
  folder: string,
  options: Partial<ProcessOptions> = {},
): Promise<{ result: ModuleResult; matches: Record<string, string[]> }> {
  const parameters = { yara: rules, filesearch: `-path ${folder} -name . -maxerrors 0` };
  const result = await runModule('yara', parameters, { agent, ...options });
  const { Matches } = (result.elements ?? { Matches: null }) as {
    Matches: { Object: string; MatchedRules: string[] }[] | null;
  };
  const matches = (Matches ?? []).map(({ Object: path, MatchedRules }) => [
    path.slice(folder.length + 1),
    MatchedRules,
  ]);
  return { result, matches: Object.fromEntries(matches) };
}

test('each file with a rule that matches is returned, with its rules in their order', async () => {
  const folder = makeFiles('plain', { a: 'one two', b: 'two', c: 'none' });
  const { result, matches } = await scan(
    `private rule hidden { strings: $x = "o" condition: $x }
     rule second { strings: $x = "two" condition: $x and hidden }
     rule first { strings: $x = "one" condition: $x and filesize == 7 }`,
    folder,
  );
  expect(matches).toEqual({ a: ['second', 'first'], b: ['second'] });
  expect(result).toMatchObject({ foundanything: true, success: true, statistics: null, errors: null });
});

test('nothing found is null', async () => {
  const { result } = await scan('rule a { condition: false }', makeFiles('nothing', { a: '' }));
  expect(result).toMatchObject({ foundanything: false, success: true, elements: { Matches: null } });
});

test('modules can be imported, and what a rule prints is not in the answer', async () => {
  const md5OfHello = '5d41402abc4b2a76b9719d911017c592';
  const elf = Buffer.alloc(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  elf.writeUInt16LE(2, 16);
  const folder = makeFiles('imports', { hello: 'hello', elf });
  const { matches, result } = await scan(
    `import "hash" import "elf" import "console"
     rule md5 { condition: hash.md5(0, filesize) == "${md5OfHello}" and console.log("printed") }
     rule program { condition: elf.type == elf.ET_EXEC }`,
    folder,
  );
  expect(result.errors).toBeNull();
  expect(matches).toEqual({ hello: ['md5'], elf: ['program'] });
});

test('every wrong rule is named with its line, and nothing is scanned', async () => {
  const { result } = await scan(
    'rule a { condition: true }\nrule b { condition: missing }\nrule c {\n strings: $x = /(/ condition: $x }',
    makeFiles('wrong', { a: '' }),
  );
  expect(result).toMatchObject({ success: false, elements: null });
  expect(result.errors?.[0]).toMatch(/^rules, line 2, column 21: unknown identifier `missing`/);
  expect(result.errors?.[1]).toMatch(/^rules, line 4, column \d+: invalid regular expression/);
});

test('rules include no file of the endpoint', async () => {
  const { result } = await scan('include "/etc/passwd"', makeFiles('include', { a: '' }));
  expect(result).toMatchObject({ success: false, elements: null });
  expect(result.errors?.join()).not.toContain('root:');
});

test('a file that cannot be read is an error, and names that are not UTF-8 or have escapes are scanned', async () => {
  const folder = makeFiles('names', { secret: 'needle', '\u001b[31mred\n': 'needle' });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0xfe)]), 'needle');
  chmodSync(join(folder, 'secret'), 0);
  const rules = 'rule needle { strings: $a = "needle" condition: $a }';
  const { result, matches } = await scan(rules, folder, { uid: NOBODY });
  expect(Object.keys(matches).sort()).toEqual(['\u001b[31mred\n', '\ufffd\ufffd']);
  expect(result.errors).toEqual([`${join(folder, 'secret')}: permission denied`]);
});

test('a large file is scanned in windows: no border hides a match, and each is found once', async () => {
  const folder = makeFiles('large', {});
  // A window has 16 MB, and begins 1 MB before the end of the one before.
  const offsets = [0, 15 * MB - 10, 15.5 * MB, 16 * MB - 10, 31 * MB - 10, 40 * MB - NEEDLE.length];
  makeLarge(join(folder, 'file'), 40 * MB, Object.fromEntries(offsets.map((at) => [at, NEEDLE])));
  const count = offsets.length;
  const { matches, result } = await scan(
    `rule everywhere { strings: $a = "windows" $b = "needle" condition: #a == ${count} and #b == ${count} }
     rule begin { strings: $a = /^a needle/ condition: #a == 1 and $a at 0 and uint8(0) == 0x61 }
     rule end { strings: $a = /windows$/ condition: #a == 1 and $a at ${40 * MB - 7} }
     rule far { strings: $a = "${NEEDLE}" $b = "missing" condition: $a at ${31 * MB - 10} and not $b }
     rule small { condition: filesize < 1MB }
     rule needs_begin { condition: begin and filesize == ${40 * MB} }`,
    folder,
  );
  expect(matches).toEqual({ file: ['everywhere', 'begin', 'end', 'far', 'needs_begin'] });
  expect(result.errors).toBeNull();
});

test('rules that need the whole of a large file are named, unless they are decided without it', async () => {
  const folder = makeFiles('whole', {});
  makeLarge(join(folder, 'large'), 33 * MB, { 5: NEEDLE });
  const { matches, result } = await scan(
    `import "hash"
     rule needs { strings: $a = "needle" condition: $a and hash.md5(0, filesize) != "" }
     rule decided { condition: filesize < 1MB and hash.md5(0, filesize) != "" }
     rule found { strings: $a = "needle" condition: $a }`,
    folder,
  );
  expect(matches).toEqual({ large: ['found'] });
  const why = `${join(folder, 'large')}: has ${33 * MB} bytes, and these rules need the whole of a file: needs`;
  expect(result).toMatchObject({ errors: [why], limits: [why] });
});

test('a rule that never ends is ended in time, with what was found before', async () => {
  const folder = makeFiles('endless', { a: 'needle', b: 'loop', c: 'needle' });
  const startedMs = performance.now();
  const timeoutms = 60_000;
  const { result } = await scan(
    `rule needle { strings: $a = "needle" condition: $a }
     rule loop { strings: $a = "loop" condition: $a and for all i in (0..100000000000) : (i >= 0) }`,
    folder,
    { terms: { timeoutms, maxbytes: 1_000_000 } },
  );
  expect(performance.now() - startedMs).toBeLessThan(timeoutms);
  expect(result.success).toBe(true);
  expect(result.limits?.[0]).toBe(
    `${join(folder, 'b')}: not scanned to its end, because a rule took too long`,
  );
  expect(result.errors).toEqual(result.limits);
});

test('a pattern with too many matches to count is reported', async () => {
  const folder = makeFiles('many', { zeros: Buffer.alloc(20_000) });
  const { result } = await scan(
    `rule counts { strings: $a = { 00 00 } condition: #a < 15000 }
     rule exists { strings: $a = { 00 00 } condition: $a }`,
    folder,
  );
  expect(result.limits).toEqual([
    `${join(folder, 'zeros')}: a pattern has too many matches to count them all, in the rules counts`,
  ]);
});

test('a result stays within its bytes, and says what is missing', async () => {
  const files = Array.from({ length: 300 }, (_, index) => [`file${index}`, 'needle']);
  const folder = makeFiles('room', Object.fromEntries(files));
  const { result } = await scan('rule needle { condition: true }', folder, {
    terms: { timeoutms: 120_000, maxbytes: 10_000 },
  });
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(10_000);
  expect(result.limits?.[0]).toMatch(/^\d+ of 300 matches were not returned/);
});

test('the limit of the search is reported, but not to programs of MIG', async () => {
  const folder = makeFiles('limit', { a: '', b: '' });
  const parameters = {
    yara: 'rule a { condition: true }',
    filesearch: `-path ${folder} -name . -matchlimit 1`,
  };
  const ours = await runModule('yara', parameters, { agent });
  expect(ours.limits?.[0]).toMatch(/ended at its limit of 1 matches/);
  const ofMig = await runModule('yara', parameters, { agent, terms: null });
  expect(ofMig).toMatchObject({ success: true, errors: null });
  expect(Object.keys(ofMig)).toEqual(['foundanything', 'success', 'elements', 'statistics', 'errors']);
});

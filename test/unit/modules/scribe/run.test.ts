import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NO_TERMS, type RunTerms } from '../../../../modules/module.ts';
import type { TestResult } from '../../../../modules/scribe/evaluate.ts';
import { scribeRun } from '../../../../modules/scribe/run.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-scribe-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
}

/** How a policy uses a variable. */
const use = (name: string) => `\${${name}}`;

interface Outcome {
  results: TestResult[];
  errors: string[] | null;
  limits: string[] | undefined;
}

async function run(scribedoc: object, terms: Partial<RunTerms> = {}): Promise<Outcome> {
  const context = { terms: { ...NO_TERMS, ...terms }, loadHost: () => Promise.reject(new Error('unused')) };
  const { elements, errors, limits } = await scribeRun.run({ scribedoc }, context);
  return { results: (elements as { results: TestResult[] }).results, errors, limits };
}

const raw = (...values: string[]) => ({
  raw: { identifiers: values.map((value, index) => ({ identifier: `id${index}`, value })) },
});
/** A policy of one object and one test of it. */
const policy = (source: object, check: object = {}) => ({
  objects: [{ object: 'o', ...source }],
  tests: [{ test: 't', object: 'o', ...check }],
});

async function resultOf(scribedoc: object, terms: Partial<RunTerms> = {}): Promise<TestResult> {
  const { results } = await run(scribedoc, terms);
  const [first] = results;
  if (first === undefined) throw new Error('no result');
  return first;
}

describe('sources', () => {
  test('each group of each matching line is a value, a group without a part is empty', async () => {
    const path = write('groups/app.conf', 'a=1\r\nb\nnothing here\nc=3');
    const source = {
      filecontent: { path: join(root, 'groups'), file: 'app', expression: '^(\\w)(?:=(\\d))?$' },
    };
    const one = await resultOf(policy(source, { regexp: { value: '^.?$' } }));
    expect(one.results).toEqual(Array(6).fill({ result: true, identifier: path }));
    expect(await resultOf(policy(source, { exactmatch: { value: '3' } }))).toMatchObject({
      masterresult: true,
    });
  });

  test('the name of a file is a value by its first group', async () => {
    write('names/tool-1.2.3.tar', '');
    const source = { filename: { path: join(root, 'names'), file: '^tool-(\\d\\.\\d\\.\\d)' } };
    expect(await resultOf(policy(source, { exactmatch: { value: '1.2.3' } }))).toMatchObject({
      masterresult: true,
    });
  });

  test('a file has a line or not', async () => {
    write('has/yes.conf', 'Root yes\n');
    write('has/no.conf', 'Root no\n');
    const source = { hasline: { path: join(root, 'has'), file: 'conf$', expression: '^Root yes' } };
    const { results } = await resultOf(policy(source, { exactmatch: { value: 'true' } }));
    expect(results?.filter(({ result }) => result).map(({ identifier }) => identifier)).toEqual([
      join(root, 'has/yes.conf'),
    ]);
    expect(results).toHaveLength(2);
  });

  test('a bad pattern of a file name is an error of its object alone', async () => {
    const { results, errors } = await run({
      objects: [
        { object: 'bad', filename: { path: root, file: '(' } },
        { object: 'o', ...raw('1') },
      ],
      tests: [
        { test: 'b', object: 'bad' },
        { test: 't', object: 'o' },
      ],
    });
    expect(results.map(({ error }) => error)).toEqual(['result in file module call was missing', '']);
    expect(errors?.[0]).toBe('Error: result in file module call was missing in "b"');
  });

  test('variables are replaced, one within another, and cannot grow without end', async () => {
    write('vars/a.txt', 'x=1\n');
    const variables = [
      { key: 'dir', value: `${root}/\${sub}` },
      { key: 'sub', value: 'vars' },
    ];
    const source = { filecontent: { path: use('dir'), file: 'a', expression: 'x=(.)' } };
    expect(await resultOf({ ...policy(source), variables })).toMatchObject({ masterresult: true });
    const bomb = Array.from({ length: 40 }, (_, index) => ({
      key: `v${index}`,
      value: `\${v${index + 1}}\${v${index + 1}}`,
    }));
    const grown = await resultOf({
      ...policy({ hasline: { path: use('v0'), file: 'a', expression: 'b' } }),
      variables: bomb,
    });
    expect(grown.error).toBe('a text with its variables has more than 4096 characters');
  });

  test('a long line is read in pieces, with an error that says so', async () => {
    const path = write('long/one.txt', `${'x'.repeat(70_000)}end\n`);
    const source = { filecontent: { path: join(root, 'long'), file: 'one', expression: '(end)$' } };
    const { results, errors } = await run(policy(source));
    expect(results[0]?.masterresult).toBe(true);
    expect(errors).toEqual([`${path} has lines over 65536 bytes, which were read in pieces`]);
  });

  test('a file that ended up unreadable is an error, and has neither answer', async () => {
    const path = write('closed/x.conf', 'a\n');
    rmSync(path);
    mkdirSync(path);
    chmodSync(path, 0o755);
    const source = { hasline: { path: join(root, 'closed'), file: 'x', expression: 'a' } };
    expect(await resultOf(policy(source))).toMatchObject({ results: null, masterresult: false });
  });
});

describe('import chains', () => {
  const chained = (chain: string[], file = 'init') => ({
    filecontent: {
      path: join(root, 'chain'),
      file,
      expression: '^VERSION = (\\S+)',
      concat: '.',
      'import-chain': chain,
    },
  });

  test('read further files beside each matched file, and join their values', async () => {
    write('chain/a/init.py', 'VERSION = 1\n');
    write('chain/a/minor.txt', 'minor = 7\n');
    const { results } = await run({
      objects: [
        { object: 'o', ...chained(['minor', 'end']) },
        { object: 'minor', filecontent: { path: use('chain_root'), file: 'minor', expression: '= (\\d)' } },
        { object: 'end', ...raw('x') },
      ],
      tests: [
        { test: 't', object: 'o', exactmatch: { value: '1.7.x' } },
        { test: 'chain', object: 'minor' },
      ],
    });
    expect(results[0]).toMatchObject({ masterresult: true });
    expect(results[1]).toMatchObject({ iserror: true, error: 'object not prepared' });
  });

  test('that lead round in a circle end with an error', async () => {
    write('chain/b/init.py', 'VERSION = 1\n');
    const back = {
      filecontent: {
        path: use('chain_root'),
        file: 'init',
        expression: 'VERSION = (.)',
        'import-chain': ['back'],
      },
    };
    const one = await resultOf({
      objects: [
        { object: 'o', ...chained(['back']) },
        { object: 'back', ...back },
      ],
      tests: [{ test: 't', object: 'o' }],
    });
    expect(one.error).toMatch(/^import chain "back": .*it has more than 10 levels$/);
  });

  test('that branch in a circle end, too', async () => {
    write('many/a.txt', 'v=1\n');
    write('many/b.txt', 'v=1\n');
    const source = { path: `${root}/many`, file: 'txt', expression: 'v=(.)' };
    const one = await resultOf(
      {
        objects: [
          { object: 'o', filecontent: { ...source, 'import-chain': Array(20).fill('back') } },
          {
            object: 'back',
            filecontent: { ...source, path: use('chain_root'), 'import-chain': Array(20).fill('back') },
          },
        ],
        tests: [{ test: 't', object: 'o' }],
      },
      { endsAtMs: performance.now() + 3_000 },
    );
    expect(one.iserror).toBe(true);
  });
});

describe('tests', () => {
  test('need their dependencies', async () => {
    const { results } = await run({
      objects: [{ object: 'o', ...raw('1') }],
      tests: [
        { test: 'a', object: 'o', if: ['b'] },
        { test: 'b', object: 'o', exactmatch: { value: 'x' } },
        { test: 'c', object: 'o', if: ['d'] },
        { test: 'd', object: 'nope' },
      ],
    });
    expect(
      results.map(({ masterresult, hastrueresults, error }) => [masterresult, hastrueresults, error]),
    ).toEqual([
      [false, true, ''],
      [false, false, ''],
      [false, false, 'a test dependency failed ("d")'],
      [false, false, 'unknown object "nope"'],
    ]);
  });

  test('that depend on each other end', async () => {
    const { results } = await run({
      objects: [{ object: 'o', ...raw('1') }],
      tests: [
        { test: 'a', object: 'o', if: ['b'] },
        { test: 'b', object: 'o', if: ['a'] },
      ],
    });
    expect(results.map(({ masterresult }) => masterresult)).toEqual([false, false]);
  });

  test('of ten thousand dependencies in a row end with an error', async () => {
    const tests = Array.from({ length: 10_000 }, (_, index) => ({
      test: `t${index}`,
      object: 'o',
      if: index < 9_999 ? [`t${index + 1}`] : [],
    }));
    const { results } = await run({ objects: [{ object: 'o', ...raw('1') }], tests });
    expect(results[0]?.error).toMatch(/^a test dependency failed/);
  });

  test('with a pattern that other engines need years for end at once', async () => {
    const one = await resultOf(policy(raw('a'.repeat(5_000)), { regexp: { value: '(a+)+$' } }));
    expect(one.masterresult).toBe(true);
    const other = await resultOf(policy(raw(`${'x'.repeat(5_000)}!`), { regexp: { value: '^(x+x+)+y$' } }));
    expect(other.masterresult).toBe(false);
  });

  test('with a bad pattern or operation are in error, without results', async () => {
    const bad = await resultOf(policy(raw('1'), { regexp: { value: '(' } }));
    expect(bad).toMatchObject({
      iserror: true,
      results: null,
      error: expect.stringMatching(/^error parsing regexp/),
    });
    const wrong = await resultOf(policy(raw('1'), { evr: { operation: '!', value: '1' } }));
    expect(wrong.error).toBe('invalid evr operation !');
  });

  test('of the same id have each their own result', async () => {
    const { results } = await run({
      objects: [{ object: 'o', ...raw('1') }],
      tests: [
        { test: 't', object: 'o' },
        { test: 't', object: 'o', exactmatch: { value: 'x' } },
      ],
    });
    expect(results.map(({ masterresult }) => masterresult)).toEqual([true, false]);
  });
});

describe('limits', () => {
  test('a run whose time is over says which objects and tests are missing', async () => {
    const { results, limits } = await run(policy(raw('1')), { endsAtMs: performance.now() - 1 });
    expect(results).toEqual([]);
    expect(limits).toEqual([
      'object "o" and those after it: the time was over before it was read',
      'the time was over at test "t": 1 of 1 were not evaluated',
    ]);
  });

  test('a file of ten gigabytes ends at the time, with the byte that it reached', async () => {
    const fd = openSync(write('huge/x.bin', ''), 'w');
    ftruncateSync(fd, 10 * 1024 ** 3);
    closeSync(fd);
    const source = { filecontent: { path: join(root, 'huge'), file: 'x', expression: '(a)' } };
    const { limits } = await run(policy(source), { endsAtMs: performance.now() + 400 });
    expect(limits?.[0]).toMatch(
      /^the time was over at byte \d+ of .*huge\/x\.bin: its further lines were not read$/,
    );
  });

  test('results and errors that do not fit are counted', async () => {
    const tests = Array.from({ length: 100 }, (_, index) => ({
      test: `t${index}`,
      object: index % 2 ? 'o' : 'nope',
    }));
    const scribedoc = { objects: [{ object: 'o', ...raw('1') }], tests };
    const { results, errors, limits } = await run(scribedoc, { maxBytes: 4_000 });
    expect(JSON.stringify({ results, errors, limits }).length).toBeLessThan(4_000);
    expect(limits).toEqual([
      expect.stringMatching(/^\d+ of 100 tests were not returned: they may take 2400 bytes$/),
      expect.stringMatching(/^\d+ errors were not returned$/),
    ]);
  });

  test('values are counted over all objects', async () => {
    write('values/x.txt', 'a\n'.repeat(250_000));
    const source = { filecontent: { path: join(root, 'values'), file: 'x', expression: '(a)' } };
    const { results, limits } = await run(policy(source));
    expect(results[0]?.results).toHaveLength(200_000);
    expect(limits?.[0]).toMatch(
      /^the values of the policy's objects became too many in .*: further ones are missing$/,
    );
  });
});

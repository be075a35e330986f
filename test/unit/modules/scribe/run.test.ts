import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { policy, raw, resultOf, run, use } from './policies.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-scribe-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
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

  test.each(['a$$b', 'c$&d', "e$'f", use('v'), use('chain_root')])(
    'read beside a file in a folder named %s',
    async (folder) => {
      write(`chain/odd/${folder}/init.py`, 'VERSION = 1\n');
      write(`chain/odd/${folder}/minor.txt`, 'minor = 7\n');
      const path = `${use('chain_root')}${use('here')}`;
      const { results } = await run({
        variables: [
          { key: 'v', value: 'elsewhere' },
          { key: 'here', value: '.' },
        ],
        objects: [
          { object: 'o', filecontent: { ...chained(['minor']).filecontent, path: join(root, 'chain/odd') } },
          { object: 'minor', filecontent: { path, file: 'minor', expression: '= (\\d)' } },
        ],
        tests: [{ test: 't', object: 'o', exactmatch: { value: '1.7' } }],
      });
      rmSync(join(root, 'chain/odd'), { recursive: true });
      expect(results[0]).toMatchObject({ error: '', masterresult: true });
    },
  );

  test('of two objects that import each other end with an error that names them', async () => {
    write('pair/init.py', 'VERSION = 1\n');
    const filecontent = { path: join(root, 'pair'), file: 'init', expression: 'VERSION = (.)' };
    const one = await resultOf({
      objects: [
        { object: 'a', filecontent: { ...filecontent, 'import-chain': ['b'] } },
        { object: 'b', filecontent: { ...filecontent, path: use('chain_root'), 'import-chain': ['a'] } },
      ],
      tests: [{ test: 't', object: 'a' }],
    });
    expect(one.error).toMatch(/^import chain "b": import chain "a": .*it has more than 10 levels$/);
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

  test('of ten thousand dependencies in a row are all evaluated', async () => {
    const tests = Array.from({ length: 10_000 }, (_, index) => ({
      test: `t${index}`,
      object: 'o',
      if: index < 9_999 ? [`t${index + 1}`] : [],
    }));
    const { results } = await run({ objects: [{ object: 'o', ...raw('1') }], tests });
    expect(results.every(({ masterresult }) => masterresult)).toBe(true);
    expect(results[9_999]?.testid).toBe('t9999');
  });

  test('in a circle see the one that was reached first as false', async () => {
    const tests = [
      { test: 'a', object: 'o', if: ['b', 'd'] },
      { test: 'b', object: 'o', if: ['c'] },
      { test: 'c', object: 'o', if: ['a'] },
      { test: 'd', object: 'o' },
      { test: 'e', object: 'o', if: ['d'] },
    ];
    const { results } = await run({ objects: [{ object: 'o', ...raw('1') }], tests });
    const masters = results.map(({ testid, masterresult }) => [testid, masterresult]);
    expect(Object.fromEntries(masters)).toEqual({ a: false, b: false, c: false, d: true, e: true });
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

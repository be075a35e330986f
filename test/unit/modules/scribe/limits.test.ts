import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeJson } from '../../../../contract/go/json.ts';
import { policy, raw, run } from './policies.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-scribe-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): string {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, path);
}

test('a run whose time is over says which objects and tests are missing', async () => {
  const { results, limits } = await run(policy(raw('1')), { endsAtMs: performance.now() - 1 });
  expect(results).toEqual([]);
  expect(limits).toEqual([
    'object "o" and those after it: the time was over before it was read',
    'the time was over at test "t": 1 of 1 were not evaluated',
  ]);
});

/** Not for JavaScript's own engine, which might need years. */
const slow = { value: '(a+|[ab]+)+[^ab]$' };

test('a row of slow dependencies ends at the time, with those that were evaluated', async () => {
  const count = 200;
  const tests = Array.from({ length: count }, (_, index) => ({
    test: `t${index}`,
    object: 'o',
    regexp: slow,
    if: index + 1 < count ? [`t${index + 1}`] : [],
  }));
  const scribedoc = { objects: [{ object: 'o', ...raw(...Array(1_000).fill('ab'.repeat(400))) }], tests };
  const { results, limits } = await run(scribedoc, { endsAtMs: performance.now() + 1_000 });
  const missing = count - results.length;
  expect(missing).toBeGreaterThan(0);
  expect(results.map(({ testid }) => testid)).not.toContain('t0');
  expect(limits).toEqual([
    `the time was over at test "t${missing - 1}": ${missing} of ${count} were not evaluated`,
  ]);
});

test('a test of many long values ends at the time', async () => {
  const scribedoc = policy(raw(...Array(2_000).fill('ab'.repeat(50_000))), { regexp: slow });
  const { results, limits } = await run(scribedoc, { endsAtMs: performance.now() + 1_000 });
  expect(results.length).toBe(0);
  expect(limits).toEqual(['the time was over at test "t": 1 of 1 were not evaluated']);
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
    expect.stringMatching(
      /^\d+ of \d+ sub-results were not returned, in test "t1" and \d+ more: true ones are/,
    ),
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

test('a true test whose identifiers do not fit is returned with those that do', async () => {
  const identifiers = Array.from({ length: 999 }, (_, index) => ({
    // `<` takes six bytes in JSON as Go writes it.
    identifier: `/${'<'.repeat(300)}${'x'.repeat(1_500)}${index}`,
    value: 'true',
  }));
  const scribedoc = policy({ raw: { identifiers } }, { exactmatch: { value: 'true' } });
  const answer = await run(scribedoc, { maxBytes: 3_000_000 });
  expect(Buffer.byteLength(encodeJson(answer))).toBeLessThan(3_000_000);
  const [one] = answer.results;
  expect(answer.foundanything).toBe(true);
  expect(one).toMatchObject({ masterresult: true, hastrueresults: true });
  const count = one?.results?.length ?? 0;
  expect(count).toBeGreaterThan(300);
  expect(answer.limits).toEqual([
    `${999 - count} of 999 sub-results were not returned, in test "t": true ones are kept first`,
  ]);
});

test('true sub-results are kept before all others, and short lists before long ones', async () => {
  const values = Array.from({ length: 3_000 }, (_, index) => (index % 100 === 99 ? 'yes' : 'no'));
  const check = { object: 'long', exactmatch: { value: 'yes' } };
  const objects = [
    { object: 'long', ...raw(...values) },
    { object: 'short', ...raw(...values.slice(0, 100)) },
  ];
  const tests = [
    { ...check, test: 'a' },
    { ...check, test: 'b', object: 'short' },
    { ...check, test: 'c' },
  ];
  const { results, limits } = await run({ objects, tests }, { maxBytes: 60_000 });
  expect(results.map(({ hastrueresults }) => hastrueresults)).toEqual([true, true, true]);
  expect(results.map((one) => one.results?.filter(({ result }) => result).length)).toEqual([30, 1, 30]);
  expect(results[1]?.results).toHaveLength(100);
  const identifiers = results[0]?.results?.map(({ identifier }) => Number(identifier.slice(2)));
  expect(identifiers).toEqual(identifiers?.toSorted((a, b) => a - b));
  expect(limits).toEqual([
    expect.stringMatching(/^\d+ of 6000 sub-results were not returned, in test "a" and 1 more: /),
  ]);
});

test('true tests are kept before all others, and what was found does not depend on the room', async () => {
  const tests = Array.from({ length: 100 }, (_, index) => ({
    test: `t${index}`,
    object: 'o',
    exactmatch: { value: index < 90 ? 'no' : '1' },
  }));
  const scribedoc = { objects: [{ object: 'o', ...raw('1') }], tests };
  const { results } = await run(scribedoc, { maxBytes: 4_000 });
  expect(results.filter(({ masterresult }) => masterresult)).toHaveLength(10);
  const nothing = await run(scribedoc, { maxBytes: 100 });
  expect(nothing).toMatchObject({ results: [], foundanything: true });
});

test('a test that is not wanted takes no room', async () => {
  const identifiers = raw(...Array.from({ length: 100 }, String));
  const tests = [
    { test: 'other', object: 'o', exactmatch: { value: 'no' } },
    { test: 't', object: 'o' },
  ];
  const scribedoc = { objects: [{ object: 'o', ...identifiers }], tests };
  const { results, limits } = await run(scribedoc, { maxBytes: 8_000, onlytrue: true });
  expect(results.map((one) => one.results?.length)).toEqual([100]);
  expect(limits).toBeUndefined();
});

test('limits with long names are cut, too', async () => {
  const objects = Array.from({ length: 50 }, (_, index) => ({
    object: `${'x'.repeat(300)}${index}`,
    ...raw('1'),
  }));
  const { errors, limits } = await run({ objects }, { maxBytes: 10_000, endsAtMs: performance.now() - 1 });
  expect(JSON.stringify({ errors, limits }).length).toBeLessThan(4_000);
  expect(limits?.at(-1)).toBe('49 limits were not returned');
});

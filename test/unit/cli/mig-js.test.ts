import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PACKAGES = ['esbuild', '@esbuild', 'tsx', 'get-tsconfig', 'resolve-pkg-maps'];

let folder: string;
let cache: string;

/** Makes a checkout with a one-line program and the packages needed to bundle it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-checkout-'));
  mkdirSync(join(folder, 'cli'));
  mkdirSync(join(folder, 'node_modules'));
  copyFileSync(join(ROOT, 'cli', 'mig.js'), join(folder, 'cli', 'mig.js'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(
    join(folder, 'cli', 'main.ts'),
    `import { word } from './word.ts';\nprocess.stdout.write(word);\n`,
  );
  cache = join(folder, 'node_modules', '.cache', 'mig');
  const installed = readdirSync(join(ROOT, 'node_modules'));
  for (const name of PACKAGES.filter((one) => installed.includes(one)))
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): void {
  writeFileSync(join(folder, 'cli', 'word.ts'), `export const word: string = ${JSON.stringify(text)};\n`);
}

function run(): { stdout: string; status: number | null } {
  return spawnSync(process.execPath, [join(folder, 'cli', 'mig.js')], { encoding: 'utf8' });
}

/** Returns the path of the cached bundle. */
function cachedBundle(): string | undefined {
  const [name] = existsSync(cache) ? readdirSync(cache) : [];
  return name === undefined ? undefined : join(cache, name);
}

beforeEach(() => rmSync(cache, { recursive: true, force: true }));

test('changed sources are bundled again', async () => {
  for (const text of ['one', 'two', 'three is longer']) {
    write(text);
    await outlastFileTimes();
    expect([run().stdout, run().stdout]).toEqual([text, text]);
  }
  write('three is other!'); // same size, and the modification time of a file from an archive
  utimesSync(join(folder, 'cli', 'word.ts'), 1, 1);
  expect(run().stdout).toBe('three is other!');
});

test('the bundle of unchanged sources is reused', async () => {
  write('translated');
  await outlastFileTimes();
  expect(run().stdout).toBe('translated');
  const file = cachedBundle() ?? '';
  utimesSync(file, 1_900_000_000, 1_900_000_000);
  expect(run().stdout).toBe('translated');
  expect(statSync(file).mtimeMs).toBe(1_900_000_000_000);
});

test('no bundle is cached for sources that were edited during the build', () => {
  write('later');
  const later = Date.now() / 1000 + 3600;
  utimesSync(join(folder, 'cli', 'word.ts'), later, later);
  expect(run().stdout).toBe('later');
  expect(cachedBundle()).toBeUndefined();
});

test('a damaged bundle is replaced', async () => {
  write('whole');
  await outlastFileTimes();
  expect(run().stdout).toBe('whole');
  const file = cachedBundle() ?? '';
  const text = readFileSync(file, 'utf8');
  for (const damaged of [
    text.slice(0, text.indexOf('\n') + 1),
    text.slice(0, -20),
    text.replace('"whole"', '"other"'),
    '',
    '// made of {',
    '// made of null\n',
    '// made of {}\n',
    '// made of {"sources":[],"digest":""}\n',
    '// made of {"sources":["cli/gone.ts"],"digest":""}\n',
  ]) {
    writeFileSync(file, damaged);
    expect(run().stdout).toBe('whole');
  }
});

test('sources run unbundled without a writable cache, and a syntax error ends with status 1', () => {
  mkdirSync(join(folder, 'node_modules', '.cache'), { recursive: true });
  writeFileSync(cache, 'a file');
  write('not kept');
  expect(run()).toMatchObject({ stdout: 'not kept', status: 0 });
  writeFileSync(join(folder, 'cli', 'word.ts'), 'this is no TypeScript');
  expect(run().status).toBe(1);
});

/** Waits until the clock is ahead of the modification times of files, which lag by a kernel tick. */
const outlastFileTimes = () => sleep(50);

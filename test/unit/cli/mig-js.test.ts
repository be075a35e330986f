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

/** A checkout with a one-line program and the packages that bundle it. */
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

/** The file of the bundle; undefined when there is none. */
function kept(): string | undefined {
  const [name] = existsSync(cache) ? readdirSync(cache) : [];
  return name === undefined ? undefined : join(cache, name);
}

beforeEach(() => rmSync(cache, { recursive: true, force: true }));

test('the current sources run, whatever was bundled before', async () => {
  for (const text of ['one', 'two', 'three is longer']) {
    write(text);
    await afterThisMoment();
    expect([run().stdout, run().stdout]).toEqual([text, text]);
  }
  write('three is other!'); // of equal size, and as old as files from an archive
  utimesSync(join(folder, 'cli', 'word.ts'), 1, 1);
  expect(run().stdout).toBe('three is other!');
});

test('a bundle is used again', async () => {
  write('translated');
  await afterThisMoment();
  expect(run().stdout).toBe('translated');
  const file = kept() ?? '';
  utimesSync(file, 1_900_000_000, 1_900_000_000);
  expect(run().stdout).toBe('translated');
  expect(statSync(file).mtimeMs).toBe(1_900_000_000_000);
});

test('no bundle is kept of sources that were edited during the build', () => {
  write('later');
  const later = Date.now() / 1000 + 3600;
  utimesSync(join(folder, 'cli', 'word.ts'), later, later);
  expect(run().stdout).toBe('later');
  expect(kept()).toBeUndefined();
});

test('a damaged bundle is made again', async () => {
  write('whole');
  await afterThisMoment();
  expect(run().stdout).toBe('whole');
  const file = kept() ?? '';
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

test('without a writable folder the sources run unbundled, and a wrong source is an error', () => {
  mkdirSync(join(folder, 'node_modules', '.cache'), { recursive: true });
  writeFileSync(cache, 'a file');
  write('not kept');
  expect(run()).toMatchObject({ stdout: 'not kept', status: 0 });
  writeFileSync(join(folder, 'cli', 'word.ts'), 'this is no TypeScript');
  expect(run().status).toBe(1);
});

/** File times are a tick behind the clock. */
const afterThisMoment = () => sleep(50);

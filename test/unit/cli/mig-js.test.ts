import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PACKAGES = ['esbuild', '@esbuild', 'tsx', 'get-tsconfig', 'resolve-pkg-maps'];

let folder: string;

/** A checkout with a program of one line, beside the packages that translate it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-checkout-'));
  mkdirSync(join(folder, 'cli'));
  mkdirSync(join(folder, 'node_modules'));
  copyFileSync(join(ROOT, 'cli', 'mig.js'), join(folder, 'cli', 'mig.js'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  const installed = readdirSync(join(ROOT, 'node_modules'));
  for (const name of PACKAGES.filter((one) => installed.includes(one)))
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): void {
  writeFileSync(join(folder, 'cli', 'word.ts'), `export const word: string = ${JSON.stringify(text)};\n`);
  writeFileSync(
    join(folder, 'cli', 'main.ts'),
    `import { word } from './word.ts';\nprocess.stdout.write(word);\n`,
  );
}

function run(): { stdout: string; status: number | null } {
  return spawnSync(process.execPath, [join(folder, 'cli', 'mig.js')], { encoding: 'utf8' });
}

test('the sources that run are those of now, whatever was translated before', () => {
  for (const text of ['one', 'two', 'three is longer']) {
    write(text);
    expect([run().stdout, run().stdout]).toEqual([text, text]);
  }
  write('three is shorter'.slice(0, 'three is longer'.length));
  utimesSync(join(folder, 'cli', 'word.ts'), 1, 1); // as old as what an archive unpacks
  expect(run().stdout).toBe('three is shorte');
});

test('what was translated is not trusted when it is damaged', () => {
  write('whole');
  expect(run().stdout).toBe('whole');
  const cache = join(folder, 'node_modules', '.cache', 'mig');
  const file = join(cache, readdirSync(cache)[0] ?? '');
  for (const text of ['', '// made of {', '// made of null\n', '// made of {"cli/gone.ts":"1 1"}\n']) {
    writeFileSync(file, text);
    expect(run().stdout).toBe('whole');
  }
});

test('where nothing can be kept, and where a source is wrong', () => {
  rmSync(join(folder, 'node_modules', '.cache'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', '.cache'), 'a file');
  write('not kept');
  expect(run()).toMatchObject({ stdout: 'not kept', status: 0 });
  rmSync(join(folder, 'node_modules', '.cache'));
  writeFileSync(join(folder, 'cli', 'main.ts'), 'this is no TypeScript');
  expect(run().status).toBe(1);
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildDocument } from '../../../../cli/sweep/build-document.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-checks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function build(...checks: string[]): { checks: { id: string }[] } {
  const flags = {
    value: (name: string) => (name === 'cron' ? '@daily' : undefined),
    values: (name: string) => (name === 'checks' ? checks : []),
  };
  return JSON.parse(buildDocument(flags, { name: 'nightly', target: `os='linux'` }));
}

test('the names of the files in a folder are the ids of its checks', () => {
  mkdirSync(join(folder, 'ssh'));
  writeFileSync(join(folder, 'ssh', 'b.json'), '{}');
  writeFileSync(join(folder, 'a.json'), '{}');
  expect(build(folder).checks.map(({ id }) => id)).toEqual(['a', 'b']);
});

test('two files of one name are named', () => {
  const [one, two] = ['one', 'two'].map((name) => join(folder, name));
  for (const path of [one ?? '', two ?? '']) {
    mkdirSync(path);
    writeFileSync(join(path, 'same.json'), '{}');
  }
  expect(() => build(one ?? '', two ?? '')).toThrow(
    `${one}/same.json and ${two}/same.json: both have the id 'same'`,
  );
});

test('a link that leads back into its own folder is refused, not followed for ever', () => {
  writeFileSync(join(folder, 'a.json'), '{}');
  symlinkSync(folder, join(folder, 'loop'));
  expect(() => build(folder)).toThrow(/loop.*both have the id 'a'/);
});

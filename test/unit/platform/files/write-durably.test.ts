import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBoundedText } from '../../../../platform/files/read-text.ts';
import {
  makeFolderDurably,
  removeDurably,
  removeUnfinished,
  writeDurably,
} from '../../../../platform/files/write-durably.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-durable-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('creates the file and its folders for this user alone, and replaces it', () => {
  const file = join(folder, 'a', 'b', 'c.json');
  writeDurably(file, 'one');
  writeDurably(file, 'two');
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['c.json']);
  const modes = [file, join(folder, 'a', 'b'), join(folder, 'a')].map((path) => statSync(path).mode & 0o777);
  expect(modes).toEqual([0o600, 0o700, 0o700]);
  makeFolderDurably(join(folder, 'a', 'b'));
});

test('leaves the old file when the new one cannot be written', () => {
  const file = join(folder, 'kept');
  writeDurably(file, 'old');
  mkdirSync(`${file}.new`);
  expect(() => writeDurably(file, 'new')).toThrow();
  expect(readFileSync(file, 'utf8')).toBe('old');
});

test('removes what a killed writer left, and no file that is whole', () => {
  const left = join(folder, 'left');
  writeDurably(join(left, 'whole.json'), 'one');
  writeFileSync(join(left, 'cut.json.new'), 'o');
  removeUnfinished(left);
  expect(readdirSync(left)).toEqual(['whole.json']);
  removeUnfinished(join(folder, 'nowhere'));
});

test('removes a file, also one that is gone', () => {
  const file = join(folder, 'gone');
  writeDurably(file, 'x');
  removeDurably(file);
  removeDurably(file);
  expect(existsSync(file)).toBe(false);
});

test('a file that is too large, no file, or not there is refused by name before it is read', () => {
  const file = join(folder, 'text');
  writeFileSync(file, 'x'.repeat(11));
  expect(readBoundedText(file, 11)).toHaveLength(11);
  expect(() => readBoundedText(file, 10)).toThrow(`${file}: has 11 bytes, over 10`);
  expect(() => readBoundedText('/dev/zero', 10)).toThrow('/dev/zero: is no file');
  expect(() => readBoundedText(folder, 10_000)).toThrow(`${folder}: cannot be read: it is a folder`);
  expect(() => readBoundedText(`${file}s`, 10)).toThrow(`${file}s: cannot be read: there is no such file`);
});

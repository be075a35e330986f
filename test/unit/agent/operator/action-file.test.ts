import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readActionFile } from '../../../../agent/operator/action-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-action-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['no JSON', 'nonsense', 'not valid JSON: '],
  ['no action', '{"name":7}', 'action name: '],
  ['empty', '', 'not valid JSON: '],
])('an action file that is %s is refused by name', (name, content, problem) => {
  const file = join(folder, name);
  writeFileSync(file, content);
  expect(() => readActionFile(file)).toThrow(`${file}: ${problem}`);
});

test('an action file that cannot be read is refused by name', () => {
  expect(() => readActionFile(folder)).toThrow(`${folder}: cannot be read: it is a folder`);
  const missing = join(folder, 'missing');
  expect(() => readActionFile(missing)).toThrow(`${missing}: cannot be read: there is no such file`);
});

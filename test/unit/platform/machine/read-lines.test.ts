import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { linesOfFile, linesOfProgram } from '../../../../platform/machine/read-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-lines-'));
const file = join(folder, 'table');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const output = async (command: string, args: readonly string[], timeoutMs = 60_000) => {
  const lines: string[] = [];
  for await (const batch of linesOfProgram(command, args, { timeoutMs })) lines.push(...batch);
  return lines;
};
const program = (script: string, timeoutMs?: number) => output('/bin/sh', ['-c', script], timeoutMs);

test('a file has the lines that were written, across the borders of what is read at once', () => {
  const line = fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.constant('x'.repeat(4000)));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.boolean(), (lines, isCut) => {
      const text = lines.map((one) => `${one}\n`).join('');
      writeFileSync(file, isCut ? `${text}end` : text);
      const expected = text.split('\n').slice(0, -1);
      expect([...linesOfFile(file)].flat()).toEqual(isCut ? [...expected, 'end'] : expected);
    }),
    { numRuns: 50 },
  );
});

test('a line without an end takes no more memory than its beginning', () => {
  writeFileSync(file, 'x'.repeat(1_000_000));
  expect([...linesOfFile(file)].flat()).toEqual(['x'.repeat(4096)]);
});

test('a file that is not there is an error of the system', () => {
  expect(() => [...linesOfFile(join(folder, 'none'))]).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('a program has the lines that it prints, without carriage returns', async () => {
  expect(await program(String.raw`printf 'one\r\ntwo'`)).toEqual(['one', 'two']);
});

test('a program that fails, hangs or is not there is an error', async () => {
  await expect(program('echo one; exit 3')).rejects.toThrow('/bin/sh ended with status 3');
  await expect(program('exec sleep 600', 50)).rejects.toThrow('/bin/sh was ended after 0.1 s');
  await expect(output(join(folder, 'none'), [])).rejects.toThrow('ENOENT');
});

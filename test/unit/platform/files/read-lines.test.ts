import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLines } from '../../../../platform/files/read-lines.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('complete lines are read whatever the buffer boundaries, and too long ones are skipped', () => {
  const file = join(folder, 'lines');
  const maxLineBytes = 100_000;
  const line = fc.oneof(
    fc.string(),
    fc.integer({ min: 0, max: 150_000 }).map((n) => 'é'.repeat(n / 2)),
  );
  fc.assert(
    fc.property(fc.array(line), fc.string(), (lines, half) => {
      const whole = lines.map((text) => text.replaceAll('\n', ' ').toWellFormed());
      writeFileSync(file, whole.map((text) => `${text}\n`).join('') + half.replaceAll('\n', ' '));
      const read = [...readLines(file, { maxLineBytes })].map(({ text }) => text);
      expect(read).toEqual(whole.filter((text) => Buffer.byteLength(text) <= maxLineBytes));
    }),
    { numRuns: 50 },
  );
});

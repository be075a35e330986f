import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBytes } from '../../../../platform/files/read-bytes.ts';
import { readBoundedText, readText } from '../../../../platform/files/read-text.ts';

test('a file is read whole up to its limit, and refused beyond it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-read-'));
  const file = join(folder, 'file');
  try {
    fc.assert(
      fc.property(fc.nat(600_000), fc.nat(600_000), (size, maxBytes) => {
        const bytes = Buffer.alloc(size, 'abc');
        writeFileSync(file, bytes);
        if (size > maxBytes) expect(() => readBytes(file, maxBytes)).toThrow(`over ${maxBytes} bytes`);
        else expect(readBytes(file, maxBytes).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a device that never ends is refused', () => {
  expect(() => readText('/dev/zero')).toThrow('/dev/zero: cannot be read: it has over');
  expect(() => readBoundedText('/dev/zero', 1000)).toThrow('/dev/zero: is no file');
});

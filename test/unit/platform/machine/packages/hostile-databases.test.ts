import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { DatabaseDamaged } from '../../../../../platform/machine/packages/database-file.ts';
import { readStatus } from '../../../../../platform/machine/packages/dpkg-status.ts';
import { readRpmDatabase } from '../../../../../platform/machine/packages/rpm-database.ts';
import { parseRpmHeader } from '../../../../../platform/machine/packages/rpm-header.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/modules/pkg/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mig-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** More steps than a database of this size can have, unless it leads round in a circle. */
const MAX_STEPS = 100_000;

function outcomeOf(steps: Iterable<unknown>): string {
  let count = 0;
  try {
    for (const _ of steps) if (++count > MAX_STEPS) return 'endless';
    return 'read';
  } catch (error) {
    if (error instanceof DatabaseDamaged) return 'refused';
    throw error;
  }
}

const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255), isEarly: fc.boolean() }), {
  minLength: 1,
  maxLength: 20,
});

for (const name of ['rpmdb.sqlite', 'Packages.db', 'Packages']) {
  test(`a changed ${name} is read or refused, and never endless`, () => {
    const original = gunzipSync(readFileSync(join(FIXTURES, `${name}.gz`)));
    const path = join(folder, name);
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = Buffer.from(original);
        for (const { at, byte, isEarly } of list) bytes[at % (isEarly ? 4096 : bytes.length)] = byte;
        writeFileSync(path, bytes);
        expect(outcomeOf(readRpmDatabase(path))).toMatch(/^(read|refused)$/);
      }),
      { numRuns: 150 },
    );
  });
}

test('any bytes are a header or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseRpmHeader(Buffer.from(bytes));
    }),
  );
});

test('any bytes are a status file', () => {
  const path = join(folder, 'status');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      writeFileSync(path, text);
      expect(outcomeOf(readStatus(path))).toBe('read');
    }),
  );
});

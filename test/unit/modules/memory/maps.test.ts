import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { readLayout } from '../../../../modules/memory/layout.ts';
import { parseMapping, readMappings } from '../../../../modules/memory/maps.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-maps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = '55d4c8a4e000-55d4c8a50000 r--p 00000000 fd:00 1234      /usr/bin/a file (deleted)';
const ANONYMOUS = '7ffd1c000000-7ffd1c021000 rw-p 00000000 00:00 0 ';
const GUARD = '7ffd1c021000-7ffd1c022000 ---p 00000000 00:00 0 ';
const VSYSCALL = 'ffffffffff600000-ffffffffff601000 r-xp 00000000 00:00 0                  [vsyscall]';

test('a mapping is read with its path, which may contain blanks', () => {
  expect(parseMapping(FILE)).toEqual({
    start: 0x55d4c8a4e000,
    end: 0x55d4c8a50000,
    isReadable: true,
    path: '/usr/bin/a file (deleted)',
  });
  expect(parseMapping(ANONYMOUS)).toMatchObject({ isReadable: true, path: '' });
  expect(parseMapping(GUARD)).toMatchObject({ isReadable: false });
});

test('any other line is no mapping', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(parseMapping(line)).toBeUndefined();
    }),
  );
});

test('the mappings of a long file are all read', () => {
  const file = join(folder, 'maps');
  const path = `/tmp/${'é'.repeat(60)}`;
  const lines = Array.from(
    { length: 3000 },
    (_, i) => `${(i * 4096).toString(16)}-${(i * 4096 + 1).toString(16)}`,
  );
  writeFileSync(file, lines.map((range) => `${range} r--p 00000000 fd:00 12 ${path}\n`).join(''));
  const mappings = [...readMappings(file)];
  expect(mappings).toHaveLength(3000);
  expect(mappings.every((mapping) => mapping.path === path)).toBe(true);
  expect(mappings.at(-1)?.start).toBe(2999 * 4096);
});

test('a layout has what is read: no guards, no system calls, and devices apart', () => {
  const lines = [
    FILE,
    GUARD,
    ANONYMOUS,
    VSYSCALL,
    '1000-2000 rw-s 0 00:06 9 /dev/mem',
    '200000-400000 rw-p 0 00:00 0',
  ];
  const paths: string[] = [];
  const mappings = lines.flatMap((line) => parseMapping(line) ?? []);
  const { parts, devices } = readLayout(mappings, (path) => paths.push(path));
  expect(devices).toEqual([0x1000]);
  expect(parts.map(({ start, isSparse }) => [start, isSparse])).toEqual([
    [0x55d4c8a4e000, false],
    [0x7ffd1c000000, false],
    [0x200000, true],
  ]);
  expect(paths).toContain('/dev/mem');
});

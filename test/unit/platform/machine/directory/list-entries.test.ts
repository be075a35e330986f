import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { fileRun } from '../../../../../modules/file/run.ts';
import { parseDirents } from '../../../../../platform/machine/directory/dirents.ts';
import { createListEntries } from '../../../../../platform/machine/directory/list-entries.ts';
import {
  toDisplayPath,
  toPath,
  toSystemPath,
} from '../../../../../platform/machine/directory/system-path.ts';

const CONTEXT = { loadHost: () => Promise.reject(new Error('no host')) };

const root = mkdtempSync(join(tmpdir(), 'mig-entries-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a path', () => {
  test('keeps every byte of every name', () => {
    const bytes = fc.uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 10 });
    const text = fc.string({ unit: 'binary', maxLength: 5 }).map((part) => Buffer.from(part));
    const skull = fc.constant(Buffer.from('💀'));
    const name = fc
      .array(fc.oneof(bytes, text, skull), { minLength: 1, maxLength: 6 })
      .map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(name, (bytes) => {
        const path = toPath(bytes);
        expect(Buffer.from(toSystemPath(path) as string)).toEqual(bytes);
        expect(toDisplayPath(path)).not.toMatch(/[\ud800-\udfff]/u);
      }),
    );
  });

  test('joined from others keeps every byte, too', () => {
    const path = `/caf\u00e9/${toPath(Buffer.of(0xfe))}/😀/${toPath(Buffer.of(0x61, 0xe9))}`;
    const bytes = Buffer.concat([
      Buffer.from('/café/'),
      Buffer.of(0xfe),
      Buffer.from('/😀/a'),
      Buffer.of(0xe9),
    ]);
    expect(toSystemPath(path)).toEqual(bytes);
    expect(toDisplayPath(path)).toBe('/café/\ufffd/😀/a\ufffd');
  });
});

/** Encodes a `linux_dirent64` record. */
function dirent(name: Buffer, type: number): Buffer {
  const record = Buffer.alloc(Math.ceil((20 + name.length) / 8) * 8, 0xaa);
  record.writeUInt16LE(record.length, 16);
  record[18] = type;
  name.copy(record, 19);
  record[19 + name.length] = 0;
  return record;
}

describe('the entries that the system lists', () => {
  test('have the kinds that the system reports, or `unknown`', () => {
    const types = [0, 1, 2, 4, 6, 8, 10, 12, 14];
    const kinds = ['unknown', 'other', 'other', 'directory', 'other', 'file', 'link', 'other', 'other'];
    const records = Buffer.concat([
      dirent(Buffer.from('.'), 4),
      dirent(Buffer.from('..'), 4),
      ...types.map((type) => dirent(Buffer.from(`..${type}`), type)),
      dirent(Buffer.of(0xe9), 8),
    ]);
    expect(parseDirents(records, records.length)).toEqual([
      ...kinds.map((kind, i) => ({ name: `..${types[i]}`, kind })),
      { name: '\udce9', kind: 'file' },
    ]);
  });

  test('are found, entered and followed when their kind is unknown', async () => {
    // Node reports no kind for a name that is not UTF-8. Some file systems report none for any name.
    const folder = Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xfe)]);
    const inside = Buffer.concat([folder, Buffer.of(0x2f, 0xe9)]);
    mkdirSync(folder);
    writeFileSync(inside, 'needle');
    symlinkSync(inside, Buffer.concat([folder, Buffer.of(0x2f, 0xea)]));
    symlinkSync(root, Buffer.concat([folder, Buffer.of(0x2f, 0xeb)]));
    expect([...createListEntries()(root)].flat()).toEqual([{ name: '\udcfe', kind: 'unknown' }]);
    const searches = { s1: { paths: [root], contents: ['needle'], options: { matchall: true } } };
    const { elements, statistics } = await fileRun.run({ searches }, CONTEXT);
    expect((elements as { s1: { file: string }[] }).s1.map(({ file }) => file)).toEqual([
      `${root}/\ufffd/\ufffd`,
      `${root}/\ufffd/\ufffd`,
    ]);
    expect(statistics).toMatchObject({ filescount: 2, openfailed: 0, totalhits: 2 });
  });
});

test('a root stands for every folder displayed under its name, also for one with a real U+FFFD', async () => {
  const folderOf = (bytes: Buffer) => Buffer.concat([Buffer.from(`${root}/a`), bytes]);
  const twins = [Buffer.from('\ufffd'), Buffer.of(0xfe), Buffer.of(0xff)].map(folderOf);
  for (const [i, folder] of twins.entries()) {
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from(`/file${i}`)]), '');
  }
  const searches = { s1: { paths: [`${root}/a\ufffd`], names: ['.'], options: { matchall: true } } };
  const { elements } = await fileRun.run({ searches }, CONTEXT);
  expect((elements as { s1: { file: string }[] }).s1.map(({ file }) => file).sort()).toEqual(
    twins.map((_, i) => `${root}/a\ufffd/file${i}`),
  );
});

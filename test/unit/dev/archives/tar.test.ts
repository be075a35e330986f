import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../../../dev/archives/entry.ts';
import { gzip } from '../../../../dev/archives/gzip.ts';
import { writeTar } from '../../../../dev/archives/tar.ts';
import { uncompress } from '../../../../platform/files/gzip.ts';
import { readTar } from '../../../../platform/files/tar.ts';

const files = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z][a-z0-9._-]{0,40}$/),
      data: fc.uint8Array({ maxLength: 2_000 }),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  )
  .map((list) => list.map(({ name, data }) => ({ name, data: Buffer.from(data) })));

test('what is packed is read back, in the order of the names', async () => {
  const property = fc.asyncProperty(files, async (list) => {
    const entries = list.map(({ name, data }): Entry => ({ path: `some/${name}`, mode: 0o644, data }));
    const read = readTar(await uncompress(gzip(writeTar(entries, { timeS: 1 })), 2 ** 20));
    const sorted = list.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(read).toEqual(sorted);
  });
  await fc.assert(property);
});

test('nothing of the machine or the moment is in an archive', () => {
  const entries: Entry[] = [{ path: 'a', mode: 0o600, data: Buffer.from('a') }];
  expect(gzip(writeTar(entries, { timeS: 1_700_000_000 })).toString('hex')).toMatch(/^1f8b080000000000..ff/);
});

test('a path that is there twice is refused: unpacking would keep one of the two', () => {
  const entry: Entry = { path: 'a', mode: 0o600, data: Buffer.from('a') };
  expect(() => writeTar([entry, entry], { timeS: 1 })).toThrow('twice in one archive: a');
});

test('an absolute path is refused', () => {
  expect(() => writeTar([{ path: '/etc', mode: 0o755, data: undefined }], { timeS: 1 })).toThrow('/etc');
});

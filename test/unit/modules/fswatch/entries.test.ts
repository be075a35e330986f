import { describe, expect, test } from 'vitest';
import { childOf, fromBytes, parentOf, toBytes, toText } from '../../../../modules/fswatch/byte-path.ts';
import {
  defaultEntries,
  entryOfFolder,
  isCoveredRecursively,
  parseEntry,
} from '../../../../modules/fswatch/entries.ts';

describe('an entry', () => {
  test('is a path, or recursive: and a path', () => {
    expect(parseEntry('/etc/')).toMatchObject({ path: '/etc', isRecursive: false });
    expect(parseEntry('recursive:/a//b/')).toMatchObject({ path: '/a/b', isRecursive: true });
    expect(parseEntry('/')).toMatchObject({ path: '/', isRecursive: false });
  });

  test('covers its folder, and what is below it only when it is recursive', () => {
    const entries = ['/etc/cron.d', 'recursive:/etc', '/bin'].map(parseEntry);
    expect(entryOfFolder(entries, '/etc/cron.d')?.path).toBe('/etc/cron.d');
    expect(entryOfFolder(entries, '/etc/ssl/certs')?.path).toBe('/etc');
    expect(entryOfFolder(entries, '/etcetera')).toBeUndefined();
    expect(entryOfFolder(entries, '/bin/x')).toBeUndefined();
    expect(isCoveredRecursively(entries, '/etc/cron.d')).toBe(true);
    expect(isCoveredRecursively(entries, '/bin')).toBe(false);
  });
});

test('there is a built-in list on Linux only', () => {
  expect(defaultEntries('linux').filter(({ isRecursive }) => isRecursive)).toHaveLength(2);
  expect(defaultEntries('linux')).toHaveLength(10);
  expect(defaultEntries('darwin')).toEqual([]);
});

test('paths keep every byte of every name', () => {
  const bytes = Buffer.from([0x2f, 0xff, 0x80, 0x2f, 0xc3, 0xa9]);
  const path = fromBytes(bytes);
  expect(toBytes(path)).toEqual(bytes);
  expect(toText(path)).toBe('/\ufffd\ufffd/é');
  expect(parentOf(path)).toBe(fromBytes(bytes.subarray(0, 3)));
  expect(childOf('/', 'a')).toBe('/a');
  expect(parentOf('/a')).toBe('/');
});

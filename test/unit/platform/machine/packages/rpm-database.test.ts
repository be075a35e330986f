import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { findRpmDatabases, readRpmDatabase } from '../../../../../platform/machine/packages/rpm-database.ts';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/modules/pkg/', import.meta.url));
/** What rpm itself prints for the same packages. */
const EXPECTED = readFileSync(join(FIXTURES, 'rpm-qa.txt'), 'utf8').trim().split('\n');

const folder = mkdtempSync(join(tmpdir(), 'mig-rpm-'));
afterAll(() => rmSync(folder, { recursive: true }));

function database(name: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const path = join(mkdtempSync(join(folder, 'db-')), name);
  writeFileSync(path, change(gunzipSync(readFileSync(join(FIXTURES, `${name}.gz`)))));
  return path;
}

function packagesOf(path: string): string[] {
  return [...readRpmDatabase(path)].flatMap((one) => (one ? [`${one.name} ${one.version} ${one.arch}`] : []));
}

const FORMATS = ['rpmdb.sqlite', 'Packages.db', 'Packages'];

for (const name of FORMATS) {
  test(`${name} has the packages that rpm lists`, () => {
    expect(packagesOf(database(name)).sort()).toEqual(EXPECTED);
  });

  test(`${name} that was cut off is an error, never a short answer`, () => {
    const path = database(name, (bytes) => bytes.subarray(0, bytes.length / 2));
    expect(() => packagesOf(path)).toThrow(/it refers to byte \d+, but has \d+ bytes/);
  });

  test(`${name} of another format is an error`, () => {
    const path = database(name, (bytes) => Buffer.alloc(bytes.length, 'x'));
    expect(() => packagesOf(path)).toThrow(/it is no/);
  });

  test(`${name} of two gigabytes is read in steps of bounded memory`, () => {
    const path = database(name, (bytes) => declareLastPage(name, bytes));
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, 2 * 1024 ** 3);
    closeSync(fd);
    const before = process.memoryUsage().rss;
    let steps = 0;
    try {
      for (const _ of readRpmDatabase(path)) if (++steps === 20_000) break;
    } catch {
      // The damage is found early in two of the formats.
    }
    expect(steps).toBeGreaterThan(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 ** 2);
  });
}

/** A Berkeley DB tells the number of its last page. */
function declareLastPage(name: string, bytes: Buffer): Buffer {
  if (name === 'Packages') bytes.writeUInt32LE(500_000, 32);
  return bytes;
}

test('changes in a log that was not read are an error, after the packages', () => {
  const path = database('rpmdb.sqlite');
  writeFileSync(`${path}-wal`, 'changes');
  const seen: unknown[] = [];
  expect(() => {
    for (const one of readRpmDatabase(path)) if (one) seen.push(one);
  }).toThrow('its latest changes are in its log, which was not read');
  expect(seen).toHaveLength(EXPECTED.length);
});

test('databases are found at each place of rpm, and an empty file is none', () => {
  const root = mkdtempSync(join(folder, 'root-'));
  for (const place of ['var/lib/rpm', 'usr/lib/sysimage/rpm'])
    mkdirSync(join(root, place), { recursive: true });
  const path = join(root, 'usr/lib/sysimage/rpm/rpmdb.sqlite');
  copyFileSync(database('rpmdb.sqlite'), path);
  writeFileSync(join(root, 'var/lib/rpm/Packages'), '');
  expect(findRpmDatabases(root)).toEqual([path]);
});

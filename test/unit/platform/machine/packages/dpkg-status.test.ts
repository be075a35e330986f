import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findStatusFiles, readStatus } from '../../../../../platform/machine/packages/dpkg-status.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-dpkg-'));
afterAll(() => rmSync(root, { recursive: true }));

const STATUS = `Package: bash
Essential: yes
Status: install ok installed
Architecture: amd64
Multi-Arch: foreign
Version: 5.1-2+deb11u1
Description: GNU Bourne Again SHell
 Version: 9.9 is only a line of the description

Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.31-13

Package: oldpkg
Status: deinstall ok config-files
Architecture: all
Version: 1.0-1

Package: held
Status: hold ok installed
Architecture: all
Version: 1.0-1

Package: broken
Status: install reinstreq half-installed
Architecture: all
Version: 1.0-1

package: lower
status: install ok installed
architecture: sparc64
version: 1:2.0`;

function namesIn(path: string): string[] {
  return [...readStatus(path)].flatMap((one) => (one ? [`${one.name} ${one.version}`] : []));
}

test('only packages that are wanted and installed are listed, with the names that dpkg shows', () => {
  const path = join(root, 'status');
  writeFileSync(path, `${STATUS}\n`);
  expect(namesIn(path)).toEqual(['bash 5.1-2+deb11u1', 'libc6:amd64 2.31-13', 'lower:sparc64 1:2.0']);
});

test('the files of images without dpkg are found, but for their checksums', () => {
  const folder = join(root, 'image/var/lib/dpkg/status.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tzdata'), 'Package: tzdata\nVersion: 2025b\nArchitecture: all\n');
  writeFileSync(join(folder, 'tzdata.md5sums'), 'd41d8 etc/x\n');
  const files = findStatusFiles(join(root, 'image'));
  expect(files).toEqual([join(folder, 'tzdata')]);
  expect(files.flatMap(namesIn)).toEqual(['tzdata 2025b']);
});

test('a file of two gigabytes is refused at once', () => {
  const path = join(root, 'large');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, 2 * 1024 ** 3);
  closeSync(fd);
  expect(() => namesIn(path)).toThrow('it has 2147483648 bytes, and at most 1073741824 are read');
});

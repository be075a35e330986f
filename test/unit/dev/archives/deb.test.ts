import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeDeb } from '../../../../dev/archives/deb.ts';
import { defined } from '../../../setup/defined.ts';
import { EXAMPLE } from './example-package.ts';

/** The members of an archive of ar, by name. */
function readAr(archive: Buffer): Map<string, Buffer> {
  expect(archive.toString('latin1', 0, 8)).toBe('!<arch>\n');
  const members = new Map<string, Buffer>();
  for (let at = 8; at < archive.length; ) {
    const header = archive.toString('latin1', at, at + 60);
    const size = Number(header.slice(48, 58));
    members.set(header.slice(0, 16).trim(), archive.subarray(at + 60, at + 60 + size));
    at += 60 + size + (size % 2);
  }
  return members;
}

/** The headers of a tar archive: path, mode, owner and contents. */
function readTarGzip(compressed: Buffer | undefined): { line: string; data: string }[] {
  const archive = gunzipSync(defined(compressed));
  const read = [];
  for (let at = 0; archive[at] !== 0; ) {
    const field = (from: number, bytes: number) =>
      archive.toString('latin1', at + from, at + from + bytes).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    const line = `${field(0, 100)} ${Number.parseInt(field(100, 8), 8).toString(8)} ${field(265, 32)}`;
    read.push({ line, data: archive.toString('utf8', at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return read;
}

test('a package has the members of its format in their order', () => {
  const members = readAr(writeDeb(EXAMPLE));
  expect([...members.keys()]).toEqual(['debian-binary', 'control.tar.gz', 'data.tar.gz']);
  expect(members.get('debian-binary')?.toString()).toBe('2.0\n');
});

test('its files belong to root, in folders that the package names', () => {
  const files = readTarGzip(readAr(writeDeb(EXAMPLE)).get('data.tar.gz'));
  expect(files.map(({ line }) => line)).toEqual([
    './ 755 root',
    './etc/ 755 root',
    './etc/mig/ 750 root',
    './usr/ 755 root',
    './usr/bin/ 755 root',
    './usr/bin/mig 755 root',
    './usr/share/ 755 root',
    './usr/share/doc/ 755 root',
    './usr/share/doc/mig/ 755 root',
    './usr/share/doc/mig/README 644 root',
  ]);
});

test('control says what it is, and md5sums has a sum of every file', () => {
  const control = readTarGzip(readAr(writeDeb(EXAMPLE)).get('control.tar.gz'));
  const textOf = (name: string) => control.find(({ line }) => line.startsWith(`./${name} `))?.data;
  expect(control.map(({ line }) => line)).toEqual([
    './ 755 root',
    './control 644 root',
    './md5sums 644 root',
    './postinst 755 root',
    './prerm 755 root',
  ]);
  expect(textOf('control')).toContain(
    'Package: mig\nVersion: 0.1.0\nArchitecture: amd64\nMaintainer: MIG <mig@localhost>\nInstalled-Size: 1\n',
  );
  expect(textOf('control')).toMatch(
    /\nDescription: an example\n It has two lines\.\n This is the second\.\n$/,
  );
  const sum = createHash('md5').update('#!/bin/sh\n').digest('hex');
  expect(textOf('md5sums')).toContain(`${sum}  usr/bin/mig\n`);
});

test('the same files in another order make the same package', () => {
  const turned = { ...EXAMPLE, entries: EXAMPLE.entries.toReversed() };
  expect(writeDeb(turned).equals(writeDeb(EXAMPLE))).toBe(true);
});

test('a version that begins with a letter is older than every release', () => {
  const control = readTarGzip(readAr(writeDeb({ ...EXAMPLE, version: 'next' })).get('control.tar.gz'));
  expect(control[1]?.data).toContain('\nVersion: 0~next\n');
});

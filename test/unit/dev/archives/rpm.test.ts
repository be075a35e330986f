import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { writeRpm } from '../../../../dev/archives/rpm.ts';
import { readRpm } from '../../../setup/read-rpm.ts';
import { EXAMPLE } from './example-package.ts';

const digest = (algorithm: string, ...parts: Buffer[]) => createHash(algorithm).update(Buffer.concat(parts));

test('the digests of a package are those of its header and its payload', () => {
  const { signature, header, headerBytes, payload } = readRpm(writeRpm(EXAMPLE));
  expect(signature.get(269)).toBe(digest('sha1', headerBytes).digest('hex'));
  expect(signature.get(273)).toBe(digest('sha256', headerBytes).digest('hex'));
  expect(signature.get(1000)).toEqual([headerBytes.length + payload.length]);
  expect(signature.get(1004)).toEqual(digest('md5', headerBytes, payload).digest());
  expect(header.get(5092)).toEqual([digest('sha256', payload).digest('hex')]);
});

test('the region of a header covers every other field', () => {
  const { header } = readRpm(writeRpm(EXAMPLE));
  const region = header.get(63) as Buffer;
  expect(region.readInt32BE(8)).toBe(-16 * header.size);
  expect([...header.keys()].slice(1)).toEqual([...header.keys()].slice(1).sort((a, b) => a - b));
});

test('a package says what it is, and under which licences', () => {
  const { header } = readRpm(writeRpm(EXAMPLE));
  expect([1000, 1001, 1002, 1004, 1014, 1021, 1022].map((tag) => header.get(tag))).toEqual([
    'mig',
    '0.1.0',
    '1',
    'an example',
    'MPL-2.0 AND MIT',
    'linux',
    'x86_64',
  ]);
  expect(header.get(1006)).toEqual([EXAMPLE.timeS]);
});

test('the fields about files say what the payload has, in the order of the paths', () => {
  const { header, files } = readRpm(writeRpm(EXAMPLE));
  expect(files.map(({ path, mode }) => `${path} ${mode.toString(8)}`)).toEqual([
    './etc/mig 40750',
    './usr/bin/mig 100755',
    './usr/share/doc/mig/README 100644',
  ]);
  const folders = header.get(1118) as string[];
  const names = header.get(1117) as string[];
  const paths = (header.get(1116) as number[]).map((folder, index) => `.${folders[folder]}${names[index]}`);
  expect(paths).toEqual(files.map(({ path }) => path));
  expect(header.get(1030)).toEqual(files.map(({ mode }) => mode));
  expect(header.get(1035)).toEqual(
    files.map(({ data }) => (data.length === 0 ? '' : digest('sha256', data).digest('hex'))),
  );
  expect(new Set(header.get(1039) as string[])).toEqual(new Set(['root']));
});

test('each script is run by a shell, which the package then needs', () => {
  const { header } = readRpm(writeRpm(EXAMPLE));
  expect([header.get(1024), header.get(1086)]).toEqual(['echo installed\n', '/bin/sh']);
  expect([header.get(1025), header.get(1087)]).toEqual(['echo removed\n', '/bin/sh']);
  expect(header.get(1049)).toContain('/bin/sh');
  expect(readRpm(writeRpm({ ...EXAMPLE, scripts: {} })).header.get(1049)).not.toContain('/bin/sh');
});

test('the same files in another order make the same package', () => {
  const turned = { ...EXAMPLE, entries: EXAMPLE.entries.toReversed() };
  expect(writeRpm(turned).equals(writeRpm(EXAMPLE))).toBe(true);
});

test('a version with a hyphen is refused: rpm would take its end for the release', () => {
  expect(() => writeRpm({ ...EXAMPLE, version: '1-2' })).toThrow('no version of a package: 1-2');
});

import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { readTar } from '../../../../platform/files/tar.ts';
import { makeTarGzip } from '../../../setup/tar-archive.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/);
const longName = fc.stringMatching(/^[a-z]{110,180}$/);
const data = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
const formats = fc.constantFrom('ustar', 'gnu', 'pax');

test('the files of every archive of the system’s tar are read whole, without their folders', () => {
  const archive = formats.chain((format) =>
    fc.record({
      format: fc.constant(format),
      files: fc.uniqueArray(
        fc.record({
          folder: fc.constantFrom('', 'sbin/', './etc/mig/'),
          // The old format has no place for names of over 100 bytes.
          name: format === 'ustar' ? name : fc.oneof(name, longName),
          data,
        }),
        { minLength: 1, maxLength: 6, selector: (file) => file.name },
      ),
    }),
  );
  fc.assert(
    fc.property(archive, ({ format, files }) => {
      const paths = new Map(files.map((file) => [`${file.folder}${file.name}`, file.data]));
      const read = readTar(gunzipSync(makeTarGzip(paths, format)));
      expect(read.map((file) => [file.name, file.data.toString('hex')])).toEqual(
        files.map((file) => [file.name, file.data.toString('hex')]),
      );
    }),
    { numRuns: 40 },
  );
});

test('a damaged archive is refused or read, and never an unknown error', () => {
  const archive = gunzipSync(makeTarGzip(new Map([['a', Buffer.alloc(700, 1)]]), 'pax'));
  const changes = fc.array(fc.tuple(fc.nat({ max: 2047 }), fc.nat({ max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(changes, fc.nat({ max: archive.length }), (bytes, length) => {
      const damaged = Buffer.from(archive.subarray(0, length));
      for (const [at, byte] of bytes) if (at < damaged.length) damaged[at] = byte;
      try {
        for (const file of readTar(damaged)) expect(file.data.length).toBeLessThanOrEqual(damaged.length);
      } catch (error) {
        expect(error).toBeInstanceOf(MigError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a header with another checksum, and a file that is cut, are refused', () => {
  const archive = gunzipSync(makeTarGzip(new Map([['mig-agent', Buffer.alloc(700, 1)]])));
  const renamed = Buffer.from(archive);
  renamed.write('x', 0);
  expect(() => readTar(renamed)).toThrow(/another checksum/);
  expect(() => readTar(archive.subarray(0, 1024))).toThrow(/ends within a file/);
  expect(() => readTar(archive.subarray(0, 100))).toThrow(/ends within a header/);
});

/** A header of this type for data of this size, with a right checksum. */
function headerOf(type: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write('a', 0);
  header.write(size.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

test.each(['x', 'L'])('a name before a file, of the type %s, that is far too long is refused', (type) => {
  const records = Buffer.alloc(1024 * 1024, '4 a\n');
  const archive = Buffer.concat([headerOf(type, records.length), records, headerOf('0', 0)]);
  expect(() => readTar(archive)).toThrow(/over 8192 bytes/);
});

test('an archive of very many files, folders or links is refused', () => {
  for (const type of ['0', '2', '5']) {
    const header = headerOf(type, 0);
    expect(readTar(Buffer.concat(Array.from({ length: 1_000 }, () => header)))).toHaveLength(
      type === '0' ? 1_000 : 0,
    );
    expect(() => readTar(Buffer.concat(Array.from({ length: 1_001 }, () => header)))).toThrow(
      /more than 1000 headers/,
    );
  }
});

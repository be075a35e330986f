import { MigError } from '../../contract/errors.ts';
import type { ArchivedFile } from './tar.ts';

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
/** Where the fields of a header of ustar are that are not the same for every file. */
const AT = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  type: 156,
  magic: 257,
};

/** Packs files into a tar archive, in their order. The same files make the same archive: times and owners are left out. */
export function packTar(files: readonly ArchivedFile[]): Buffer {
  const blocks = files.flatMap(({ name, data }) => [
    headerOf(name, data.length),
    data,
    paddingOf(data.length),
  ]);
  // Two empty blocks end an archive.
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new MigError('parameter_invalid', `the name ${name} has more than ${MAX_NAME_BYTES} bytes`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, AT.name);
  header.write(octal(0o644, 8), AT.mode);
  header.write(octal(0, 8), AT.uid);
  header.write(octal(0, 8), AT.gid);
  header.write(octal(size, 12), AT.size);
  header.write(octal(0, 12), AT.mtime);
  header.write('0', AT.type);
  header.write('ustar\u000000', AT.magic, 'latin1');
  // The checksum counts itself as eight spaces.
  header.write(' '.repeat(8), AT.checksum);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)}\0 `, AT.checksum, 'latin1');
  return header;
}

/** The digits of a field of this many bytes, the last of which stays zero. */
function octal(value: number, bytes: number): string {
  return value.toString(8).padStart(bytes - 1, '0');
}

function paddingOf(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

import { type ArchiveOptions, type Entry, inOrder } from './entry.ts';

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
const MAX_SIZE = 8 ** 11 - 1;

/** Writes a tar archive (POSIX ustar) that is the same for the same entries, in whichever order they are given. */
export function writeTar(entries: readonly Entry[], options: ArchiveOptions): Buffer {
  const blocks = inOrder(entries).flatMap((entry) => {
    const data = entry.data ?? Buffer.alloc(0);
    return [header(entry, options), data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)];
  });
  // Two empty blocks end an archive.
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header({ path, mode, data }: Entry, { timeS }: ArchiveOptions): Buffer {
  const name = data === undefined ? `${path}/` : path;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new Error(`too long for an archive: ${name}`);
  const size = data?.length ?? 0;
  if (size > MAX_SIZE) throw new Error(`too large for an archive: ${name}`);
  const fields = Buffer.alloc(BLOCK);
  fields.write(name, 0);
  fields.write(octal(mode, 7), 100);
  fields.write(octal(0, 7), 108);
  fields.write(octal(0, 7), 116);
  fields.write(octal(size, 11), 124);
  fields.write(octal(timeS, 11), 136);
  fields.write(data === undefined ? '5' : '0', 156);
  fields.write('ustar\u000000', 257, 'latin1');
  fields.write('root', 265);
  fields.write('root', 297);
  // The checksum counts itself as eight spaces.
  fields.write(' '.repeat(8), 148);
  const sum = fields.reduce((total, byte) => total + byte, 0);
  fields.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return fields;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

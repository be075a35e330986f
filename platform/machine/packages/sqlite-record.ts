import { DatabaseDamaged, type DatabaseFile } from './database-file.ts';

export interface SqliteFile {
  file: DatabaseFile;
  pageBytes: number;
  /** The part of a page that records use. */
  usableBytes: number;
}

/** The most columns that are read of a row. */
const MAX_COLUMNS = 16;

/** A number of one to nine bytes, seven bits in each, and where the next one begins. */
export function readVarint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) throw new DatabaseDamaged('a number is outside its page');
    if (index === 8) return { value: value * 256 + byte, next: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  throw new DatabaseDamaged('a number is too long');
}

/** The first `maxBytes` of a row: the part in its page, then a chain of overflow pages. */
export function readCell(
  page: Buffer,
  { at, size, maxBytes }: { at: number; size: number; maxBytes: number },
  { file, pageBytes, usableBytes }: SqliteFile,
): Buffer {
  const local = localBytes(size, usableBytes);
  if (at + local > page.length) throw new DatabaseDamaged('a row is outside its page');
  const wanted = Math.min(size, maxBytes);
  const parts = [page.subarray(at, at + local)];
  let bytes = local;
  let next = local < size && at + local + 4 <= page.length ? page.readUInt32BE(at + local) : 0;
  while (bytes < wanted && next !== 0) {
    const overflow = file.read((next - 1) * pageBytes, usableBytes);
    parts.push(overflow.subarray(4));
    bytes += usableBytes - 4;
    next = overflow.readUInt32BE(0);
  }
  if (bytes < wanted) throw new DatabaseDamaged('a row ends before its length');
  return Buffer.concat(parts).subarray(0, wanted);
}

/** How many bytes of a row are in its page, as the format defines it. */
function localBytes(size: number, usableBytes: number): number {
  const most = usableBytes - 35;
  if (size <= most) return size;
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const spread = least + ((size - least) % (usableBytes - 4));
  return spread <= most ? spread : least;
}

/** The values of a row as bytes; the last may be cut. A NULL is empty. */
export function columnsOf(row: Buffer): Buffer[] {
  const head = readVarint(row, 0);
  const columns: Buffer[] = [];
  let at = head.next;
  let value = head.value;
  while (at < head.value && columns.length < MAX_COLUMNS) {
    const serial = readVarint(row, at);
    const length = lengthOf(serial.value);
    columns.push(row.subarray(value, value + length));
    value += length;
    at = serial.next;
  }
  return columns;
}

const LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function lengthOf(serial: number): number {
  return LENGTHS[serial] ?? Math.floor((serial - 12) / 2);
}

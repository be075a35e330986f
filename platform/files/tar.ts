import { MigError } from '../../contract/errors.ts';

/** A regular file of an archive. */
export interface ArchivedFile {
  /** The name without its folders. */
  name: string;
  data: Buffer;
}

const BLOCK = 512;
const TEXT_FIELDS = { name: [0, 100], size: [124, 12], checksum: [148, 8] } as const;
const TYPE_AT = 156;
/** Reading them occupies the process: a small compressed archive may have hundreds of thousands. */
const MAX_HEADERS = 1_000;
/** More than the longest path with all that programs write about a file. */
const MAX_NAME_BYTES = 8_192;

/** The regular files of a tar archive, in their order, as Go's reader lists them. Links, folders and devices are left out. */
export function readTar(archive: Buffer): ArchivedFile[] {
  const files: ArchivedFile[] = [];
  /** The name of the next file, where a header before it has a longer one. */
  let longName: string | undefined;
  let headers = 0;
  let offset = 0;
  while (offset < archive.length) {
    const header = blockAt(archive, offset);
    if (header.every((byte) => byte === 0)) return files;
    checkChecksum(header);
    headers++;
    if (headers > MAX_HEADERS) throw malformed(`it has more than ${MAX_HEADERS} headers`);
    const type = String.fromCharCode(header.readUInt8(TYPE_AT));
    const data = dataAt(archive, offset + BLOCK, hasData(type) ? readSize(header) : 0);
    offset += BLOCK + Math.ceil(data.length / BLOCK) * BLOCK;
    const name = longName ?? textOf(header, 'name');
    if (type === 'L') longName = requireShort(data).toString().replace(/\0.*$/s, '');
    else if (type === 'x') longName = pathOf(requireShort(data)) ?? longName;
    else if (type !== 'g') {
      if (isRegular(type, name)) files.push({ name: name.slice(name.lastIndexOf('/') + 1), data });
      longName = undefined;
    }
  }
  return files;
}

/** A name that ends in a slash is a folder in archives of before 1988. */
function isRegular(type: string, name: string): boolean {
  return type === '0' || (type === '\0' && !name.endsWith('/'));
}

/** Links, devices, folders and pipes have no data, whatever their header says. */
function hasData(type: string): boolean {
  return !/^[1-6]$/.test(type);
}

function blockAt(archive: Buffer, offset: number): Buffer {
  const block = archive.subarray(offset, offset + BLOCK);
  if (block.length < BLOCK) throw malformed('it ends within a header');
  return block;
}

function dataAt(archive: Buffer, offset: number, size: number): Buffer {
  const data = archive.subarray(offset, offset + size);
  if (data.length < size) throw malformed('it ends within a file');
  return data;
}

function textOf(header: Buffer, field: keyof typeof TEXT_FIELDS): string {
  const [start, length] = TEXT_FIELDS[field];
  return header
    .subarray(start, start + length)
    .toString()
    .replace(/\0.*$/s, '');
}

/** Sizes that octal digits cannot hold are beyond every limit here. */
function readSize(header: Buffer): number {
  return readOctal(textOf(header, 'size'), 'size');
}

function checkChecksum(header: Buffer): void {
  const [start, length] = TEXT_FIELDS.checksum;
  let sum = 0;
  for (const [index, byte] of header.entries()) {
    sum += index >= start && index < start + length ? 0x20 : byte;
  }
  if (sum !== readOctal(textOf(header, 'checksum'), 'checksum'))
    throw malformed('a header has another checksum');
}

function readOctal(text: string, field: string): number {
  const digits = text.trim();
  if (!/^[0-7]+$/.test(digits)) throw malformed(`a ${field} is not an octal number`);
  return Number.parseInt(digits, 8);
}

function requireShort(data: Buffer): Buffer {
  if (data.length <= MAX_NAME_BYTES) return data;
  throw malformed(`a header with the name of a file is over ${MAX_NAME_BYTES} bytes`);
}

/** The path in an extended header: records `<length> <key>=<value>\n`. */
function pathOf(records: Buffer): string | undefined {
  let path: string | undefined;
  let offset = 0;
  while (offset < records.length) {
    const [, digits] = /^(\d{1,9}) /.exec(records.subarray(offset, offset + 10).toString('latin1')) ?? [];
    const length = Number(digits);
    if (digits === undefined || length <= digits.length + 2) throw malformed('an extended header is damaged');
    const record = dataAt(records, offset + digits.length + 1, length - digits.length - 1).toString();
    if (/^(size|GNU\.sparse\.[^=]*)=/.test(record))
      throw malformed('sparse and huge files are not supported');
    if (record.startsWith('path=')) path = record.slice('path='.length, -1);
    offset += length;
  }
  return path;
}

function malformed(why: string): MigError {
  return new MigError('parameter_invalid', `not a tar archive: ${why}`);
}

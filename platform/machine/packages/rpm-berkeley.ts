import { DatabaseDamaged, type DatabaseFile, MAX_HEADER_BYTES, type Step } from './database-file.ts';

const HASH_MAGIC = 0x061561;
const PAGE_HASH_UNSORTED = 2;
const PAGE_OVERFLOW = 7;
const PAGE_HASH = 13;
const PAGE_HEADER_BYTES = 26;
const META_BYTES = 72;
const ITEM_INLINE = 1;
const ITEM_OFF_PAGE = 3;
/** The value of the key 0 is a counter, shorter than any header. */
const MIN_HEADER_BYTES = 32;

/** The numbers of a database have the byte order of the machine that made it. */
interface Layout {
  file: DatabaseFile;
  pageBytes: number;
  lastPage: number;
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
}

/** The headers in a Berkeley DB hash: every value on a hash page, in the page or in a chain of overflow pages. */
export function* readBerkeley(file: DatabaseFile): Generator<Step> {
  const layout = readLayout(file);
  for (let number = 1; number <= layout.lastPage; number++) {
    yield;
    const page = readPage(layout, number);
    if (![PAGE_HASH, PAGE_HASH_UNSORTED].includes(page.readUInt8(25))) continue;
    yield* headersOf(page, layout);
  }
}

function readLayout(file: DatabaseFile): Layout {
  const meta = file.read(0, META_BYTES);
  const isLittle = meta.readUInt32LE(12) === HASH_MAGIC;
  if (!isLittle && meta.readUInt32BE(12) !== HASH_MAGIC) {
    throw new DatabaseDamaged('it is no Berkeley DB hash');
  }
  const u16 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const pageBytes = u32(meta, 20);
  const isPowerOfTwo = (pageBytes & (pageBytes - 1)) === 0;
  if (pageBytes < 512 || pageBytes > 65_536 || !isPowerOfTwo) {
    throw new DatabaseDamaged(`it has pages of ${pageBytes} bytes`);
  }
  if (meta.readUInt8(24) !== 0) throw new DatabaseDamaged('it is encrypted');
  return { file, pageBytes, lastPage: u32(meta, 32), u16, u32 };
}

function readPage({ file, pageBytes }: Layout, number: number): Buffer {
  return file.read(number * pageBytes, pageBytes);
}

/** Keys and values alternate. An item ends where the one before it begins. */
function* headersOf(page: Buffer, layout: Layout): Generator<Step> {
  const { u16, pageBytes } = layout;
  const items = u16(page, 20);
  if (PAGE_HEADER_BYTES + 2 * items > pageBytes) throw new DatabaseDamaged('a page has too many items');
  for (let index = 1; index < items; index += 2) {
    const at = u16(page, PAGE_HEADER_BYTES + 2 * index);
    const end = u16(page, PAGE_HEADER_BYTES + 2 * (index - 1));
    if (at >= end || end > pageBytes) throw new DatabaseDamaged('an item is outside its page');
    const header = readItem(page.subarray(at, end), layout);
    if (header.length >= MIN_HEADER_BYTES) yield header;
  }
}

function readItem(item: Buffer, layout: Layout): Buffer {
  const type = item.readUInt8(0);
  if (type === ITEM_INLINE) return item.subarray(1);
  if (type !== ITEM_OFF_PAGE || item.length < 12) return Buffer.alloc(0);
  return readChain(layout.u32(item, 4), Math.min(layout.u32(item, 8), MAX_HEADER_BYTES), layout);
}

/** Each page of a chain adds bytes, so that a chain that leads round in a circle ends, too. */
function readChain(first: number, length: number, layout: Layout): Buffer {
  const parts: Buffer[] = [];
  let bytes = 0;
  let number = first;
  while (bytes < length && number !== 0) {
    const page = readPage(layout, number);
    const used = layout.u16(page, 22);
    if (page.readUInt8(25) !== PAGE_OVERFLOW || used === 0) {
      throw new DatabaseDamaged('a header leads to a page of another kind');
    }
    const part = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + used);
    parts.push(part);
    bytes += part.length;
    number = layout.u32(page, 16);
  }
  return Buffer.concat(parts).subarray(0, length);
}

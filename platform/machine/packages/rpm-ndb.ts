import { DatabaseDamaged, type DatabaseFile, MAX_HEADER_BYTES, type Step } from './database-file.ts';

const FILE_MAGIC = 'RpmP';
const SLOT_MAGIC = 'Slot';
const BLOB_MAGIC = 'BlbS';
const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
/** The header of the file takes the place of the first two slots. */
const FILE_HEADER_BYTES = 2 * SLOT_BYTES;
const BLOCK_BYTES = 16;

/** The headers in rpm's own format: pages of slots, each of which names the blocks of a header. */
export function* readNdb(file: DatabaseFile): Generator<Step> {
  const head = file.read(0, FILE_HEADER_BYTES);
  if (head.toString('latin1', 0, 4) !== FILE_MAGIC) throw new DatabaseDamaged('it is no ndb database');
  const pages = head.readUInt32LE(12);
  for (let page = 0; page < pages; page++) {
    const slots = file.read(page * PAGE_BYTES, PAGE_BYTES);
    yield;
    for (let at = page === 0 ? FILE_HEADER_BYTES : 0; at < PAGE_BYTES; at += SLOT_BYTES) {
      const header = readSlot(file, slots.subarray(at, at + SLOT_BYTES));
      if (header) yield header;
    }
  }
}

function readSlot(file: DatabaseFile, slot: Buffer): Buffer | undefined {
  if (slot.toString('latin1', 0, 4) !== SLOT_MAGIC) throw new DatabaseDamaged('a slot has no mark');
  const id = slot.readUInt32LE(4);
  if (id === 0) return undefined;
  const start = slot.readUInt32LE(8) * BLOCK_BYTES;
  const head = file.read(start, BLOCK_BYTES);
  if (head.toString('latin1', 0, 4) !== BLOB_MAGIC || head.readUInt32LE(4) !== id) {
    throw new DatabaseDamaged(`the header of package ${id} is not where its slot says`);
  }
  return file.read(start + BLOCK_BYTES, Math.min(head.readUInt32LE(12), MAX_HEADER_BYTES));
}

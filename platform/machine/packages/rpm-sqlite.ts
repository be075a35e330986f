import { DatabaseDamaged, type DatabaseFile, MAX_HEADER_BYTES, type Step } from './database-file.ts';
import { columnsOf, readCell, readVarint, type SqliteFile } from './sqlite-record.ts';

const MAGIC = 'SQLite format 3\0';
const FILE_HEADER_BYTES = 100;
const PAGE_INTERIOR = 5;
const PAGE_LEAF = 13;
/** SQLite's own trees are never deeper than 20 levels. */
const MAX_DEPTH = 20;

/** The headers in a SQLite database: the column `blob` of the table `Packages`. */
export function* readSqlite(file: DatabaseFile): Generator<Step> {
  const database = openSqlite(file);
  let root: number | undefined;
  for (const row of rowsOf(database, 1, 65_536)) {
    if (row === undefined) yield;
    else root ??= rootOf(row, 'Packages');
  }
  if (root === undefined) throw new DatabaseDamaged('it has no table of packages');
  for (const row of rowsOf(database, root, MAX_HEADER_BYTES)) yield row && columnsOf(row)[1];
}

function openSqlite(file: DatabaseFile): SqliteFile {
  const head = file.read(0, FILE_HEADER_BYTES);
  if (head.toString('latin1', 0, 16) !== MAGIC) throw new DatabaseDamaged('it is no SQLite database');
  const pageBytes = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
  const usableBytes = pageBytes - head.readUInt8(20);
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0 || usableBytes < 480) {
    throw new DatabaseDamaged(`it has pages of ${pageBytes} bytes`);
  }
  return { file, pageBytes, usableBytes };
}

/** The first page of a table in a row of the schema: type, name, table, page, SQL. */
function rootOf(row: Buffer, table: string): number | undefined {
  const [type, name, , page] = columnsOf(row);
  if (type?.toString() !== 'table' || name?.toString() !== table || !page || page.length > 6)
    return undefined;
  return page.length === 0 ? undefined : page.readUIntBE(0, page.length);
}

/** The rows of a table, each up to `maxBytes`, and undefined after each page. No page is read twice. */
function* rowsOf(database: SqliteFile, root: number, maxBytes: number): Generator<Step> {
  const seen = new Set<number>();
  const pending = [{ number: root, depth: 0 }];
  while (true) {
    const next = pending.pop();
    if (next === undefined) return;
    const { number, depth } = next;
    if (seen.has(number) || depth > MAX_DEPTH) throw new DatabaseDamaged('its pages lead round in a circle');
    seen.add(number);
    const page = readTreePage(database, number);
    yield;
    if (page.type === PAGE_INTERIOR) {
      const children = childrenOf(page).map((child) => ({ number: child, depth: depth + 1 }));
      pending.push(...children.reverse());
    } else yield* rowsOfLeaf(page, database, maxBytes);
  }
}

interface TreePage {
  bytes: Buffer;
  type: number;
  /** Where the page's own header begins: the first page has that of the file before it. */
  start: number;
  cells: number[];
}

function readTreePage({ file, pageBytes }: SqliteFile, number: number): TreePage {
  if (number < 1) throw new DatabaseDamaged('it refers to page 0');
  const bytes = file.read((number - 1) * pageBytes, pageBytes);
  const start = number === 1 ? FILE_HEADER_BYTES : 0;
  const type = bytes.readUInt8(start);
  if (type !== PAGE_INTERIOR && type !== PAGE_LEAF)
    throw new DatabaseDamaged(`page ${number} is of no table`);
  const headerBytes = type === PAGE_INTERIOR ? 12 : 8;
  const count = bytes.readUInt16BE(start + 3);
  if (start + headerBytes + 2 * count > pageBytes) throw new DatabaseDamaged('a page has too many cells');
  const cells = Array.from({ length: count }, (_, index) =>
    bytes.readUInt16BE(start + headerBytes + 2 * index),
  );
  return { bytes, type, start, cells };
}

function childrenOf({ bytes, cells, start }: TreePage): number[] {
  const children = cells.map((at) => {
    if (at + 4 > bytes.length) throw new DatabaseDamaged('a cell is outside its page');
    return bytes.readUInt32BE(at);
  });
  return [...children, bytes.readUInt32BE(start + 8)];
}

function* rowsOfLeaf({ bytes, cells }: TreePage, database: SqliteFile, maxBytes: number): Generator<Step> {
  for (const at of cells) {
    const size = readVarint(bytes, at);
    const row = readVarint(bytes, size.next);
    yield readCell(bytes, { at: row.next, size: size.value, maxBytes }, database);
  }
}

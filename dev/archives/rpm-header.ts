/** The types of values in a header of rpm that we write, with their number. */
const TYPES = { int16: 3, int32: 4, string: 6, bin: 7, stringArray: 8, i18nString: 9 } as const;
const MAGIC = Buffer.from('8eade80100000000', 'hex');
const ENTRY_BYTES = 16;

export type Field =
  | { tag: number; type: 'int16' | 'int32'; values: readonly number[] }
  | { tag: number; type: 'string' | 'i18nString'; text: string }
  | { tag: number; type: 'stringArray'; texts: readonly string[] }
  | { tag: number; type: 'bin'; data: Buffer };

/**
 * Writes a header structure of rpm (rpm-software-management.github.io, Package format V4): an index of fields, sorted by
 * tag, and their values. The first field is the region, which covers all others, so that their digest is defined.
 */
export function writeHeader(regionTag: number, fields: readonly Field[]): Buffer {
  const sorted = fields.toSorted((one, other) => one.tag - other.tag);
  const count = sorted.length + 1;
  const index: Buffer[] = [];
  const store: Buffer[] = [];
  let at = 0;
  const append = (data: Buffer) => {
    store.push(data);
    at += data.length;
  };
  for (const field of sorted) {
    append(Buffer.alloc(alignment(field, at)));
    index.push(indexEntry([field.tag, TYPES[field.type], at, countOf(field)]));
    append(bytesOf(field));
  }
  const region = indexEntry([regionTag, TYPES.bin, at, ENTRY_BYTES]);
  // The region's value is an entry of its own, which says how far back the index begins.
  append(indexEntry([regionTag, TYPES.bin, -count * ENTRY_BYTES, ENTRY_BYTES]));
  return Buffer.concat([MAGIC, int32s([count, at]), region, ...index, ...store]);
}

function alignment({ type }: Field, at: number): number {
  const unit = type === 'int32' ? 4 : type === 'int16' ? 2 : 1;
  return (unit - (at % unit)) % unit;
}

function countOf(field: Field): number {
  switch (field.type) {
    case 'int16':
    case 'int32':
      return field.values.length;
    case 'stringArray':
      return field.texts.length;
    case 'bin':
      return field.data.length;
    default:
      return 1;
  }
}

function bytesOf(field: Field): Buffer {
  switch (field.type) {
    case 'int16':
      return int16s(field.values);
    case 'int32':
      return int32s(field.values);
    case 'stringArray':
      return Buffer.from(field.texts.map((text) => `${text}\0`).join(''));
    case 'bin':
      return field.data;
    default:
      return Buffer.from(`${field.text}\0`);
  }
}

function indexEntry(numbers: readonly number[]): Buffer {
  return int32s(numbers);
}

function int16s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
}

/** Negative numbers, too: -1 stands for every bit. */
function int32s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * index);
  return bytes;
}

import { DamagedPlist, PlistRoom, type PlistValue } from './plist-value.ts';

// The binary format, as the header CFBinaryPList.c of Apple's CoreFoundation describes it.

const MAGIC = 'bplist0';
const HEADER_BYTES = 8;
const TRAILER_BYTES = 32;

export function isBinaryPlist(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** Parses the binary format. Throws DamagedPlist. */
export function parseBinaryPlist(bytes: Buffer): PlistValue {
  if (bytes.length < HEADER_BYTES + TRAILER_BYTES) throw new DamagedPlist('it ends too early');
  const trailer = bytes.subarray(-TRAILER_BYTES);
  return new Reader(bytes, {
    offsetBytes: trailer.readUInt8(6),
    referenceBytes: trailer.readUInt8(7),
    count: Number(trailer.readBigUInt64BE(8)),
    tableAt: Number(trailer.readBigUInt64BE(24)),
  }).value(Number(trailer.readBigUInt64BE(16)), 1);
}

interface Layout {
  offsetBytes: number;
  referenceBytes: number;
  count: number;
  tableAt: number;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #layout: Layout;
  readonly #room = new PlistRoom();

  constructor(bytes: Buffer, layout: Layout) {
    this.#bytes = bytes;
    this.#layout = layout;
  }

  /** The value with this number. */
  value(index: number, depth: number): PlistValue {
    this.#room.takeValue(depth);
    const { count, tableAt, offsetBytes } = this.#layout;
    if (index >= count) throw new DamagedPlist(`no value ${index}`);
    const at = this.#number(tableAt + index * offsetBytes, offsetBytes);
    const marker = this.#number(at, 1);
    const low = marker & 0xf;
    switch (marker >> 4) {
      case 0x0:
        return low === 9;
      case 0x1:
        return this.#number(at + 1, 2 ** low);
      case 0x2:
        return this.#real(at + 1, 2 ** low);
      case 0x3:
      case 0x4:
      case 0x8:
        return ''; // a date, data or an id
      case 0x5:
        return this.#text(at, { bytesPerUnit: 1 });
      case 0x6:
        return this.#text(at, { bytesPerUnit: 2 });
      case 0xa:
      case 0xc:
        return this.#references(at, 1).map((reference) => this.value(reference, depth + 1));
      case 0xd:
        return this.#dictionary(at, depth);
      default:
        throw new DamagedPlist(`no type ${marker >> 4}`);
    }
  }

  #dictionary(at: number, depth: number): Map<string, PlistValue> {
    const references = this.#references(at, 2);
    const half = references.length / 2;
    const found = new Map<string, PlistValue>();
    for (const [index, reference] of references.slice(0, half).entries()) {
      const key = this.value(reference, depth + 1);
      if (typeof key !== 'string') throw new DamagedPlist('a key that is no text');
      found.set(key, this.value(references[half + index] ?? 0, depth + 1));
    }
    return found;
  }

  /** The numbers of values in an array; those of keys and then of values in a dictionary. */
  #references(at: number, perItem: number): number[] {
    const { referenceBytes } = this.#layout;
    const { count, start } = this.#count(at);
    this.#room.expectValues(count * perItem);
    return Array.from({ length: count * perItem }, (_, index) =>
      this.#number(start + index * referenceBytes, referenceBytes),
    );
  }

  #text(at: number, { bytesPerUnit }: { bytesPerUnit: 1 | 2 }): string {
    const { count, start } = this.#count(at);
    this.#room.takeText(count * bytesPerUnit);
    const bytes = this.#read(start, count * bytesPerUnit);
    return bytesPerUnit === 1 ? bytes.toString('latin1') : Buffer.from(bytes).swap16().toString('utf16le');
  }

  /** A count over 14 is a number of its own behind the marker. */
  #count(at: number): { count: number; start: number } {
    const low = this.#number(at, 1) & 0xf;
    if (low < 0xf) return { count: low, start: at + 1 };
    const bytes = 2 ** (this.#number(at + 1, 1) & 0xf);
    return { count: this.#number(at + 2, bytes), start: at + 2 + bytes };
  }

  /** Numbers of eight bytes are signed, those of sixteen are larger than any need. */
  #number(at: number, bytes: number): number {
    const read = this.#read(at, bytes);
    if (bytes === 8) return Number(read.readBigInt64BE(0));
    if (bytes < 1 || bytes > 4) throw new DamagedPlist(`a number of ${bytes} bytes`);
    return read.readUIntBE(0, bytes);
  }

  #real(at: number, bytes: number): number {
    const read = this.#read(at, bytes);
    if (bytes === 8) return read.readDoubleBE(0);
    if (bytes !== 4) throw new DamagedPlist(`a number of ${bytes} bytes`);
    return read.readFloatBE(0);
  }

  #read(at: number, length: number): Buffer {
    if (!(at >= 0 && length >= 0 && at + length <= this.#bytes.length)) {
      throw new DamagedPlist(`it refers to byte ${at + length}, but has ${this.#bytes.length} bytes`);
    }
    return this.#bytes.subarray(at, at + length);
  }
}

import { NotAKey } from './not-a-key.ts';

const LENGTH_BYTES = 4;

/** Reads the strings and integers of SSH's binary form (RFC 4251, section 5). Throws NotAKey at a wrong length. */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next string, without its length. It shares memory with the bytes. */
  string(): Buffer {
    return this.skip(this.uint32());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  uint32(): number {
    return this.skip(LENGTH_BYTES).readUInt32BE();
  }

  skip(count: number): Buffer {
    const end = this.#position + count;
    if (end > this.#bytes.length) throw new NotAKey('the bytes end early');
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }

  /** Throws NotAKey unless all was read. */
  end(): void {
    if (this.#position !== this.#bytes.length) throw new NotAKey('bytes follow the key');
  }
}

export function wireString(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** 16,384 bits, the most that OpenSSH reads, and a zero byte. */
const MAX_INTEGER_BYTES = 2049;

/** A positive integer in its shortest form. Throws NotAKey for others: a fingerprint must not depend on how it is written. */
export function wireInteger(bytes: Buffer): Buffer {
  if (bytes.length > MAX_INTEGER_BYTES) throw new NotAKey('the integer is too large');
  if (isNegative(bytes)) throw new NotAKey('the integer is negative');
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start < 0) throw new NotAKey('the integer is zero');
  const digits = bytes.subarray(start);
  return wireString(isNegative(digits) ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

function isNegative(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0x80) !== 0;
}

import { NotAKey } from './not-a-key.ts';

/** The tags of the types that private keys contain (X.690). */
export const TAG = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30, parameters: 0xa0 };

/** The most bytes of a length: enough for every file that is read. */
const MAX_LENGTH_BYTES = 4;
const SHORT_LENGTH = 0x80;

/** Reads the values of a DER sequence one after another, without recursion. Throws NotAKey. */
export class DerReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The content of the next value, which must have this tag. It shares memory with the bytes. */
  read(tag: number): Buffer {
    if (this.#byte() !== tag) throw new NotAKey('another DER value was expected');
    const end = this.#length() + this.#position;
    if (end > this.#bytes.length) throw new NotAKey('the DER value ends early');
    const content = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return content;
  }

  sequence(): DerReader {
    return new DerReader(this.read(TAG.sequence));
  }

  /** Throws NotAKey unless the next value is this integer. */
  version(number: number): void {
    if (!this.read(TAG.integer).equals(Buffer.of(number))) throw new NotAKey('another version was expected');
  }

  #length(): number {
    const first = this.#byte();
    if (first < SHORT_LENGTH) return first;
    const count = first - SHORT_LENGTH;
    if (count === 0 || count > MAX_LENGTH_BYTES) throw new NotAKey('the DER length is invalid');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte();
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#position++];
    if (byte === undefined) throw new NotAKey('the DER value ends early');
    return byte;
  }
}

import { type Block, createBlock, LF } from './block.ts';

/**
 * In MIG a longer line ends the inspection of the file, as it does here for MIG's own programs
 * (spec/modules/file.md#content).
 */
const MAX_MIG_LINE_BYTES = 65_535;
/** A longer line is inspected in pieces. */
export const MAX_WHOLE_LINE_BYTES = 1024 * 1024;
/** Each piece repeats this much of the previous one: a match of up to this size is always found. */
export const OVERLAP_BYTES = 64 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * Cuts the chunks of a file into blocks of whole lines, and lines that are too long into pieces. The blocks are valid until
 * the chunk is reused.
 */
export class BlockCutter {
  readonly #asMig: boolean;
  /** The unfinished line at the end of the last chunk; for a line in pieces, the overlap. */
  #rest: Buffer = EMPTY;
  #isInPieces = false;
  #hasEnded = false;

  constructor({ asMig = false }: { asMig?: boolean } = {}) {
    this.#asMig = asMig;
  }

  /** True when no further chunk can add a block. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Returns the blocks of a file that fits into one chunk. */
  pushWholeFile(file: Buffer): Block[] {
    return this.#cutLines(file);
  }

  /** Returns the blocks that this chunk completes. */
  push(chunk: Buffer): Block[] {
    if (this.#hasEnded) return [];
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const blocks: Block[] = [];
    if (this.#isInPieces) {
      const end = bytes.indexOf(LF, this.#rest.length);
      if (end < 0) return this.#keepRest(bytes, blocks);
      blocks.push(createBlock(bytes.subarray(0, end), { isStart: false, isEnd: true }));
      this.#isInPieces = false;
      bytes = bytes.subarray(end + 1);
    }
    const wholeLines = bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
    blocks.push(...this.#cutLines(wholeLines));
    return this.#keepRest(bytes.subarray(wholeLines.length), blocks);
  }

  /** Returns the last line when no line feed ends it. */
  finish(): Block[] {
    if (this.#hasEnded || this.#rest.length === 0) return [];
    return [createBlock(this.#rest, this.#isInPieces ? { isStart: false, isEnd: true } : undefined)];
  }

  /** Returns the start of the last line when the rest of the file cannot be read. */
  finishIncomplete(): Block[] {
    if (this.#hasEnded || this.#rest.length === 0) return [];
    return [createBlock(this.#rest, { isStart: !this.#isInPieces, isEnd: false })];
  }

  /** One block, up to the first line that is too long for MIG. */
  #cutLines(lines: Buffer): Block[] {
    const end = this.#asMig ? endOfShortLines(lines) : lines.length;
    this.#hasEnded = end < lines.length;
    return end > 0 ? [createBlock(lines.subarray(0, end))] : [];
  }

  /** Keeps an unfinished line for the next chunk. Cuts a piece off a long one and keeps the overlap. */
  #keepRest(bytes: Buffer, blocks: Block[]): Block[] {
    if (this.#asMig && bytes.length > MAX_MIG_LINE_BYTES) this.#hasEnded = true;
    if (bytes.length < MAX_WHOLE_LINE_BYTES || this.#asMig) {
      this.#rest = bytes.length === 0 ? EMPTY : Buffer.from(bytes);
      return blocks;
    }
    const end = characterBoundary(bytes, bytes.length);
    blocks.push(createBlock(bytes.subarray(0, end), { isStart: !this.#isInPieces, isEnd: false }));
    this.#rest = Buffer.from(bytes.subarray(characterBoundary(bytes, end - OVERLAP_BYTES)));
    this.#isInPieces = true;
    return blocks;
  }
}

/** Returns the start of the first line that is too long, or the end. Each step searches back from the longest allowed end. */
function endOfShortLines(bytes: Buffer): number {
  let start = 0;
  while (start + MAX_MIG_LINE_BYTES < bytes.length) {
    const end = bytes.lastIndexOf(LF, start + MAX_MIG_LINE_BYTES);
    if (end < start) return start;
    start = end + 1;
  }
  return bytes.length;
}

/** Returns the last position up to `at` that splits no character; `at` itself in bytes that are not UTF-8. */
function characterBoundary(bytes: Buffer, at: number): number {
  for (let start = at - 1; start >= at - 4; start--) {
    const byte = bytes[start] as number;
    if (byte < 0x80) return at;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0;
    if (length > 0) return start + length > at ? start : at;
  }
  return at;
}

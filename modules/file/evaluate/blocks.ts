import { releaseMemory } from '../../../platform/machine/release-memory.ts';
import type { BlockFilter } from '../../../platform/re2/native.ts';
import type { Edges } from '../../../platform/re2/pieces.ts';
import { decodeUtf8 } from '../filesystem/utf8.ts';

const LF = 0x0a;
/**
 * MIG: a line with more bytes ends the inspection, and so do we where it is MIG that asks
 * (spec/modules/file.md#content).
 */
const MAX_LINE_OF_MIG = 65_535;
/** A longer line is looked at in pieces; what a match needs of it must be in the end of one and the begin of the next. */
export const MAX_WHOLE_LINE = 1024 * 1024;
export const OVERLAP = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** Some whole lines of a file, as bytes; as text only when somebody asks. */
export interface Block {
  bytes: Buffer;
  lines(): string[];
  /** Given when it is a piece of one line: which of its ends are the line's. */
  edges?: Edges | undefined;
}

/** Cuts a file that comes in chunks into blocks of whole lines, and lines that are too long into pieces. */
export class BlockCutter {
  readonly #asMig: boolean;
  #rest: Buffer = NOTHING;
  #isInLine = false;
  #hasEnded = false;

  constructor({ asMig = false }: { asMig?: boolean } = {}) {
    this.#asMig = asMig;
  }

  /** The blocks of a file that comes as one chunk; valid until the chunk is reused. */
  pushWhole(file: Buffer): Block[] {
    noteCut(file);
    return this.#cut(file);
  }

  /** The blocks that this chunk completes; valid until the chunk is reused. */
  push(chunk: Buffer): Block[] {
    if (this.#hasEnded) return [];
    noteCut(chunk);
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const blocks: Block[] = [];
    if (this.#isInLine) {
      const end = bytes.indexOf(LF, this.#rest.length);
      if (end < 0) return this.#keep(bytes, blocks);
      blocks.push(toBlock(bytes.subarray(0, end), { isStart: false, isEnd: true }));
      this.#isInLine = false;
      bytes = bytes.subarray(end + 1);
    }
    const whole = bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
    blocks.push(...this.#cut(whole));
    return this.#keep(bytes.subarray(whole.length), blocks);
  }

  /** The lines up to the first that is too long for MIG. */
  #cut(lines: Buffer): Block[] {
    const limit = this.#asMig ? endOfShortLines(lines) : lines.length;
    this.#hasEnded = limit < lines.length;
    return limit > 0 ? [toBlock(lines.subarray(0, limit))] : [];
  }

  /** The last line, when no line feed ends it. */
  finish(): Block[] {
    if (this.#hasEnded || this.#rest.length === 0) return [];
    return [toBlock(this.#rest, this.#isInLine ? { isStart: false, isEnd: true } : undefined)];
  }

  /** What there is of the last line when no more of it can be read. */
  breakOff(): Block[] {
    if (this.#hasEnded || this.#rest.length === 0) return [];
    return [toBlock(this.#rest, { isStart: !this.#isInLine, isEnd: false })];
  }

  /** True when nothing that comes can make another block. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Keeps the begin of a line for later; of a long one, gives a piece and keeps what the next begins with. */
  #keep(bytes: Buffer, blocks: Block[]): Block[] {
    if (this.#asMig && bytes.length > MAX_LINE_OF_MIG) this.#hasEnded = true;
    if (bytes.length < MAX_WHOLE_LINE || this.#asMig) {
      this.#rest = bytes.length === 0 ? NOTHING : Buffer.from(bytes);
      return blocks;
    }
    const end = characterStart(bytes, bytes.length);
    blocks.push(toBlock(bytes.subarray(0, end), { isStart: !this.#isInLine, isEnd: false }));
    this.#rest = Buffer.from(bytes.subarray(characterStart(bytes, end - OVERLAP)));
    this.#isInLine = true;
    return blocks;
  }
}

/** The last place up to `at` where no character is cut; in bytes that are no UTF-8, `at`. */
function characterStart(bytes: Buffer, at: number): number {
  for (let start = at - 1; start >= at - 4; start--) {
    const byte = bytes[start] ?? 0;
    if (byte < 0x80) return at;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 0;
    if (length > 0) return start + length > at ? start : at;
  }
  return at;
}

/** The lines of a block in which some bytes occur, as text. */
export function* linesWith({ bytes }: Block, literal: Buffer): Generator<string> {
  for (let at = bytes.indexOf(literal); at >= 0; ) {
    const start = bytes.lastIndexOf(LF, at) + 1;
    const next = bytes.indexOf(LF, at);
    const end = next < 0 ? bytes.length : next;
    yield withoutCr(decodeUtf8(bytes.subarray(start, end)));
    at = bytes.indexOf(literal, end);
  }
}

/** The lines of a block in which the filter finds something, as text. */
export function* linesThat({ bytes }: Block, { regexp, isAscii }: BlockFilter): Generator<string> {
  const text = isAscii ? bytes.toString('latin1') : decodeUtf8(bytes);
  regexp.lastIndex = 0;
  for (let found = regexp.exec(text); found; found = regexp.exec(text)) {
    // A class may hold the line feed, so a find may begin at one or reach over it; the next search begins in the line
    // after, where every match of that line still begins.
    const next = text.indexOf('\n', found.index);
    const end = next < 0 ? text.length : next;
    if (end > found.index) {
      const start = text.lastIndexOf('\n', found.index) + 1;
      yield withoutCr(isAscii ? decodeUtf8(bytes.subarray(start, end)) : text.slice(start, end));
    }
    regexp.lastIndex = end + 1;
  }
}

/** The text of a block is garbage when the next one comes, and grows large before it is collected. */
const BYTES_BETWEEN_COLLECTIONS = 448 * 1024 * 1024;
let bytesCut = 0;

function noteCut(chunk: Buffer): void {
  bytesCut += chunk.length;
  if (bytesCut < BYTES_BETWEEN_COLLECTIONS) return;
  bytesCut = 0;
  releaseMemory();
}

function toBlock(bytes: Buffer, edges?: Edges): Block {
  let lines: string[] | undefined;
  return {
    bytes,
    edges,
    lines() {
      lines ??= splitLines(bytes);
      return lines;
    },
  };
}

function splitLines(bytes: Buffer): string[] {
  const text = decodeUtf8(bytes);
  const lines = text.split('\n');
  if (text.endsWith('\n')) lines.pop();
  return text.includes('\r') ? lines.map(withoutCr) : lines;
}

/** Where the first line that is too long begins, or the end: each step looks back from as far as a line may reach. */
function endOfShortLines(bytes: Buffer): number {
  for (let start = 0; start + MAX_LINE_OF_MIG < bytes.length; ) {
    const end = bytes.lastIndexOf(LF, start + MAX_LINE_OF_MIG);
    if (end < start) return start;
    start = end + 1;
  }
  return bytes.length;
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 10;

/**
 * A file of lines that grows at its end. A line is on it whole or not at all, also when the disk is full. Several
 * processes may append to a shared one: there a line whose append threw may stay, whole or in part.
 */
export class AppendFile {
  readonly #fd: number;
  readonly #isShared: boolean;
  #ownBytes: number;
  #endsInHalfLine = false;

  /** The mode is set whatever the umask of the process is. */
  constructor(file: string, mode: number, { isShared = false }: { isShared?: boolean } = {}) {
    const hasHalfLine = cutHalfLine(file, { isShared });
    this.#fd = openSync(file, 'a', mode);
    if (hasHalfLine) writeSync(this.#fd, '\n');
    if (process.platform !== 'win32') fchmodSync(this.#fd, mode);
    this.#isShared = isShared;
    this.#ownBytes = fstatSync(this.#fd).size;
  }

  get bytes(): number {
    return this.#isShared ? fstatSync(this.#fd).size : this.#ownBytes;
  }

  /** The same number says that it is still the file of that name. */
  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** Returns how many bytes the line took. */
  append(value: unknown, { sync }: { sync: boolean }): number {
    const line = `${JSON.stringify(value)}\n`;
    const text = Buffer.from(this.#endsInHalfLine ? `\n${line}` : line);
    let written = 0;
    try {
      written = writeSync(this.#fd, text);
      if (written < text.length) throw noSpace();
      if (sync) fsyncSync(this.#fd);
    } catch (error) {
      this.#undo(text, written);
      throw error;
    }
    this.#endsInHalfLine = false;
    this.#ownBytes += text.length;
    return text.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /**
   * Takes back what a failed append has written. From a shared file nothing can be cut off: what lies at its end may be
   * another process's. There half a line stays, and readers skip it once the next append has ended it.
   */
  #undo(text: Buffer, written: number): void {
    if (!this.#isShared) ftruncateSync(this.#fd, this.#ownBytes);
    else if (written > 0) this.#endsInHalfLine = text[written - 1] !== LINE_FEED;
  }
}

/** Puts other lines in the place of a file, all at once; throws and leaves the file as it is when there is no room. */
export function replaceLines(file: string, values: readonly unknown[], mode: number): void {
  const next = `${file}.new`;
  try {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    writeFileSync(next, text, { mode, flush: true });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** What the system says of a full disk. */
export function noSpace(message = 'no space left on the disk'): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' });
}

/**
 * What a crash left half written did not happen, and must not spoil the line that comes next: it is cut off, and in a
 * file that others append to it is ended, for which true is returned.
 */
function cutHalfLine(file: string, { isShared }: { isShared: boolean }): boolean {
  if (!existsSync(file)) return false;
  const fd = openSync(file, 'r+');
  try {
    const { size } = fstatSync(fd);
    const end = endOfLastLine(fd, size);
    if (end === size || isShared) return end < size;
    ftruncateSync(fd, end);
    return false;
  } finally {
    closeSync(fd);
  }
}

/** Looks from the end, so that a long file costs no more than a short one. */
function endOfLastLine(fd: number, size: number): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const bytes = readSync(fd, chunk, 0, end - start, start);
    const feed = chunk.subarray(0, bytes).lastIndexOf(LINE_FEED);
    if (feed !== -1) return start + feed + 1;
    end = start;
  }
  return 0;
}

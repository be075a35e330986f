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
 * An append-only file of JSON lines. A line is written whole or not at all, even when the disk is full. Several processes may
 * append to a shared file; there a line whose append threw may remain, whole or in part.
 */
export class AppendFile {
  readonly #fd: number;
  readonly #isShared: boolean;
  #ownBytes: number;
  #endsInHalfLine = false;

  /** Sets the mode exactly: the umask of the process does not apply. */
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

  /** While the name has the same inode, it still belongs to this file. */
  get inode(): number {
    return fstatSync(this.#fd).ino;
  }

  /** Returns the number of bytes that the line occupies. */
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
   * Removes the bytes of a failed append. A shared file must not be truncated, for its end may belong to another process:
   * half a line stays there, and readers skip it once the next append has ended it.
   */
  #undo(text: Buffer, written: number): void {
    if (!this.#isShared) ftruncateSync(this.#fd, this.#ownBytes);
    else if (written > 0) this.#endsInHalfLine = text[written - 1] !== LINE_FEED;
  }
}

/** Replaces a file by other lines, atomically; throws, and leaves the file as it is, when there is no room. */
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

/** The system's error for a full disk. */
export function noSpace(message = 'no space left on the disk'): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' });
}

/**
 * Removes half a line that a crash left: it must not spoil the next one. From a shared file it cannot be removed: returns true
 * when such a line must be ended instead.
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

/** Searches from the end, so that a long file costs no more than a short one. */
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

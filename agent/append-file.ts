import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';

/** A file of lines that grows at its end. A line is on it whole or not at all, also when the disk is full. */
export class AppendFile {
  readonly #fd: number;
  #bytes: number;

  constructor(file: string, mode: number) {
    cutHalfLine(file);
    this.#fd = openSync(file, 'a', mode);
    this.#bytes = fstatSync(this.#fd).size;
  }

  append(value: unknown, { sync }: { sync: boolean }): void {
    const text = Buffer.from(`${JSON.stringify(value)}\n`);
    try {
      if (writeSync(this.#fd, text) < text.length) {
        throw Object.assign(new Error('no space left on the disk'), { code: 'ENOSPC' });
      }
      if (sync) fsyncSync(this.#fd);
    } catch (error) {
      ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
    this.#bytes += text.length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** What a crash left half written did not happen, and must not spoil the line that comes next. */
function cutHalfLine(file: string): void {
  try {
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf(10) + 1;
    if (end < bytes.length) truncateSync(file, end);
  } catch {
    // there is no such file yet
  }
}

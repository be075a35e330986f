import { createHash } from 'node:crypto';
import { closeSync, fstatSync, readSync } from 'node:fs';
import type { RunClock } from '../../platform/async/run-clock.ts';
import { openLiving } from '../../platform/machine/living-task.ts';

const CHUNK_BYTES = 1024 * 1024;
/** A larger one is not hashed: a file without end could use up the time. */
const MAX_BYTES = 2 * 1024 ** 3;

/** The hashes of executables. Many processes run the same file, which is read once. */
export class ExecutableHashes {
  readonly #clock: RunClock;
  readonly #known = new Map<string, string>();
  readonly #tooLarge = new Set<string>();
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  /** How many executables are too large to be hashed. */
  get tooLarge(): number {
    return this.#tooLarge.size;
  }

  /**
   * The SHA-256 of the file that a process runs, deleted or not, in lower-case hex; undefined when it cannot be read. Throws
   * TimeIsOverError.
   */
  sha256(pid: number): string | undefined {
    const fd = tryOpen(pid);
    if (fd === undefined) return undefined;
    try {
      const { dev, ino, size, mtimeMs, ctimeMs } = fstatSync(fd);
      const key = `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
      if (size > MAX_BYTES) {
        this.#tooLarge.add(key);
        return undefined;
      }
      const hash = this.#known.get(key) ?? this.#hash(fd);
      this.#known.set(key, hash);
      return hash;
    } finally {
      closeSync(fd);
    }
  }

  #hash(fd: number): string {
    const hash = createHash('sha256');
    while (true) {
      this.#clock.check('in an executable');
      const count = readSync(fd, this.#buffer, 0, CHUNK_BYTES, null);
      if (count === 0) return hash.digest('hex');
      hash.update(this.#buffer.subarray(0, count));
    }
  }
}

/** Undefined when the process has just ended, or is denied, as its path is. */
function tryOpen(pid: number): number | undefined {
  try {
    return openLiving(pid, 'exe');
  } catch {
    return undefined;
  }
}

const MAX_BYTES = 8 * 1024;
const MAX_LINES = 10;

/** The end of what a program prints, in bounded memory. */
interface Tail {
  push(chunk: Buffer): void;
  /** The last lines that are not empty. */
  lines(): string[];
}

export function createTail(): Tail {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk.subarray(-MAX_BYTES)]).subarray(-MAX_BYTES);
    },
    lines: () =>
      kept
        .toString()
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .slice(-MAX_LINES),
  };
}

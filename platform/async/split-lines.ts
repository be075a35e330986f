/** Cuts a stream of chunks into lines without their line feeds. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Passes on a last line that has no line feed. */
  end(): void;
}

interface SplitOptions {
  maxBytes: number;
  onLine(line: string): void;
  /** Called once, for a line over `maxBytes`. Nothing is passed on afterwards. */
  onTooLong(): void;
}

/** Holds at most one line. Bytes that are not UTF-8 become U+FFFD. */
export function createLineSplitter({ maxBytes, onLine, onTooLong }: SplitOptions): LineSplitter {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let isTooLong = false;
  const add = (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > maxBytes) {
      isTooLong = true;
      pieces = [];
      onTooLong();
    } else pieces.push(piece);
  };
  const flush = () => {
    const line = Buffer.concat(pieces).toString();
    pieces = [];
    bytes = 0;
    onLine(line);
  };
  return {
    push(chunk) {
      let rest = chunk;
      while (!isTooLong) {
        const end = rest.indexOf('\n');
        if (end === -1) return add(rest);
        add(rest.subarray(0, end));
        if (isTooLong) return;
        flush();
        rest = rest.subarray(end + 1);
      }
    },
    end() {
      if (!isTooLong && bytes > 0) flush();
    },
  };
}

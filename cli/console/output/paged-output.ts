import { printable } from '../../../contract/text/printable.ts';
import { displayWidth } from '../../terminal/display-width.ts';
import type { Output } from '../../terminal/output.ts';
import type { Key } from './read-key.ts';

/** Thrown where the reader of a long output has seen enough: its order ends there. */
export class ReaderQuit extends Error {}

export interface PagedOutput extends Output {
  /** Prints all that waits, screen by screen. Throws `ReaderQuit`. */
  flush(): Promise<void>;
  /** Begins a new screen, after a question that somebody has answered. */
  restart(): void;
}

interface Screen {
  /** The size of the terminal now. */
  size: () => { columns: number; rows: number };
  /** Asks whether to go on. */
  more: () => Promise<Key>;
}

interface Item {
  rows: number;
  print: () => void;
}

/**
 * Prints until the screen is full. What comes then waits until somebody asks for more: a producer of many lines waits in
 * `drained`, so that few of them are kept.
 */
export function createPagedOutput(inner: Output, { size, more }: Screen): PagedOutput {
  const waiting: Item[] = [];
  /** The row of the question is left free. */
  let left = size().rows - 1;
  const rowsOf = (line: string) => Math.max(1, Math.ceil(displayWidth(printable(line)) / size().columns));
  const show = ({ rows, print }: Item) => {
    print();
    left -= rows;
  };
  const add = (item: Item) => {
    if (waiting.length === 0 && left > 0) show(item);
    else waiting.push(item);
  };
  const flush = async () => {
    while (waiting[0] !== undefined) {
      if (left <= 0) {
        const key = await more();
        if (key === 'quit') {
          waiting.length = 0;
          throw new ReaderQuit();
        }
        left = key === 'line' ? 1 : size().rows - 1;
      }
      show(waiting[0]);
      waiting.shift();
    }
  };
  return {
    get columns() {
      return inner.columns;
    },
    flush,
    restart() {
      left = size().rows - 1;
    },
    answer: (line, style) => add({ rows: rowsOf(line), print: () => inner.answer(line, style) }),
    header: (line) => add({ rows: rowsOf(line), print: () => inner.header(line) }),
    note: (line) => add({ rows: rowsOf(line), print: () => inner.note(line) }),
    csv: (record) => add({ rows: rowsOf(record), print: () => inner.csv(record) }),
    json(text) {
      for (const line of text.split('\n')) add({ rows: rowsOf(line), print: () => inner.json(line) });
    },
    async drained() {
      await flush();
      await inner.drained();
    },
    // Progress is read as it comes.
    live: (line) => inner.live(line),
    endLive: () => inner.endLive(),
  };
}

import type { Output } from '../../terminal/output.ts';

/** Prints only the answers that pass. Titles and notes are no answers. */
export function createFilteredOutput(inner: Output, passes: (line: string) => boolean): Output {
  return {
    get columns() {
      return undefined;
    },
    answer(line, style) {
      if (passes(line)) inner.answer(line, style);
    },
    json(text) {
      for (const line of text.split('\n')) if (passes(line)) inner.json(line);
    },
    csv(record) {
      if (passes(record)) inner.csv(record);
    },
    header: (line) => inner.header(line),
    note: (line) => inner.note(line),
    drained: () => inner.drained(),
    live: (line) => inner.live(line),
    endLive: () => inner.endLive(),
  };
}

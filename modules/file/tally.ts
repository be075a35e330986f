export interface Sentence {
  text: string;
  /** The same without names of files. */
  withoutNames: string;
}

/** The counters of a run, and its errors in order of appearance. */
export interface Tally {
  filesCount: number;
  openFailedCount: number;
  totalHits: number;
  /** The hits whose files are in memory: those of a search that only counts are not. */
  keptHits: number;
  /** True when no further match can be stored, which ends all searches. */
  readonly isFull: boolean;
  errors: string[];
  /** The number of all errors; `errors` has only the first ones. */
  errorsCount: number;
  /** Sentences about limits that cut the result. They are returned regardless of -maxerrors. */
  notices: Sentence[];
  /** Sentences about checks that could not be made everywhere, returned regardless of -maxerrors. */
  remarks: Sentence[];
  error(text: string): void;
  /** `withoutNames` replaces a text with names of files where a search only counts. */
  notice(text: string, withoutNames?: string): void;
  remark(text: string, withoutNames?: string): void;
  /** Counts a file or link that could not be opened, and keeps its error. */
  openFailed(text: string): void;
}

/** The most errors in memory: a file system that denies everything must not fill it. */
const MAX_KEPT_ERRORS = 100_000;
/** The most matches of all searches of a run: their names alone may need about 50 MB. */
export const MAX_HITS = 200_000;

export function createTally(maxHits = MAX_HITS): Tally {
  const tally: Tally = {
    filesCount: 0,
    openFailedCount: 0,
    totalHits: 0,
    keptHits: 0,
    get isFull() {
      return tally.keptHits >= maxHits;
    },
    errors: [],
    errorsCount: 0,
    notices: [],
    remarks: [],
    error(text) {
      tally.errorsCount++;
      if (tally.errors.length < MAX_KEPT_ERRORS) tally.errors.push(text);
    },
    notice(text, withoutNames = text) {
      tally.notices.push({ text, withoutNames });
    },
    remark(text, withoutNames = text) {
      tally.remarks.push({ text, withoutNames });
    },
    openFailed(text) {
      tally.openFailedCount++;
      tally.error(text);
    },
  };
  return tally;
}

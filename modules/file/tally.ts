/** The counters of a run, and its errors in order of appearance. */
export interface Tally {
  filesCount: number;
  openFailedCount: number;
  totalHits: number;
  /** True when no further match can be stored, which ends all searches. */
  readonly isFull: boolean;
  errors: string[];
  /** The number of all errors; `errors` has only the first ones. */
  errorsCount: number;
  /** Sentences about limits that cut the result. They are returned regardless of -maxerrors. */
  notices: string[];
  error(text: string): void;
  notice(text: string): void;
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
    get isFull() {
      return tally.totalHits >= maxHits;
    },
    errors: [],
    errorsCount: 0,
    notices: [],
    error(text) {
      tally.errorsCount++;
      if (tally.errors.length < MAX_KEPT_ERRORS) tally.errors.push(text);
    },
    notice(text) {
      tally.notices.push(text);
    },
    openFailed(text) {
      tally.openFailedCount++;
      tally.error(text);
    },
  };
  return tally;
}

/** What a run counts, and the errors that it met, in order of appearance. */
export interface Tally {
  filesCount: number;
  openFailedCount: number;
  totalHits: number;
  /** True when no further match may be stored, which ends all searches. */
  readonly isFull: boolean;
  errors: string[];
  /** All errors, of which `errors` has the first. */
  errorsCount: number;
  /** How limits changed the answer. Returned however many errors there are. */
  notices: string[];
  error(text: string): void;
  notice(text: string): void;
  /** Counts a file or link that could not be opened, and keeps its error. */
  openFailed(text: string): void;
}

/** A file system that denies everything must not fill the memory. */
const MAX_KEPT_ERRORS = 100_000;
/** The most matches of a run, all searches together: their names alone may need some 50 MB. */
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

/** What a run counts, and the errors it met, in order of appearance. */
export interface Tally {
  filesCount: number;
  openFailedCount: number;
  totalHits: number;
  /** As many matches are held as may be; nothing more is looked for. */
  readonly isFull: boolean;
  errors: string[];
  /** All of them, the kept ones included. */
  errorsCount: number;
  /** What limits did to the answer: returned however many errors are. */
  notices: string[];
  error(text: string): void;
  notice(text: string): void;
  /** Counts a failed open or link and keeps its error. */
  openFailed(text: string): void;
}

/** Errors are kept up to a bound: a file system without rights must not fill the memory. */
const MAX_KEPT = 100_000;
/** Matches that a run holds, of all searches together: their names alone may take some 50 MB. */
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
      if (tally.errors.length < MAX_KEPT) tally.errors.push(text);
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

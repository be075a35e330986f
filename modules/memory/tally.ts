/** The counters of a run, and its failures in order of appearance. */
export interface Tally {
  processCount: number;
  memoryRead: number;
  /** Processes whose memory the system did not let us open. */
  denied: number;
  failures: string[];
  /** Sentences about limits that cut the result. */
  limits: string[];
  fail(text: string): void;
}

/** The most failures in memory. */
const MAX_FAILURES = 100_000;

export function createTally(): Tally {
  const tally: Tally = {
    processCount: 0,
    memoryRead: 0,
    denied: 0,
    failures: [],
    limits: [],
    fail(text) {
      if (tally.failures.length < MAX_FAILURES) tally.failures.push(text);
    },
  };
  return tally;
}

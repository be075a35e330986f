import type { Denied } from './facts.ts';

/** The counters of a run. */
export interface Tally {
  processCount: number;
  /** Sentences about limits that cut the result. */
  limits: string[];
  /** Counts a fact that the system did not let us read. */
  deny(what: Denied, pid: number): void;
  /** A sentence for each kind of fact that was denied. */
  denials(): string[];
}

export function createTally(): Tally {
  const denied = new Map<Denied, Set<number>>();
  const tally: Tally = {
    processCount: 0,
    limits: [],
    deny(what, pid) {
      const pids = denied.get(what) ?? new Set();
      denied.set(what, pids.add(pid));
    },
    denials: () =>
      [...denied].map(
        ([what, pids]) =>
          `permission denied: ${what} of ${pids.size} of ${tally.processCount} processes, for example process ${Math.min(...[...pids].slice(0, 1000))}`,
      ),
  };
  return tally;
}

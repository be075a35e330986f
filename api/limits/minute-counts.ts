const MINUTE_MS = 60_000;
const MAX_NETWORKS = 10_000;

/** Counts by network within the current minute. */
export interface MinuteCounts {
  countOf(network: string): number;
  /** Returns the new count. */
  increment(network: string): number;
}

/** Forgets the network that was counted longest ago when there are too many. */
export function createMinuteCounts(now: () => number): MinuteCounts {
  let startedAtMs = now();
  const counts = new Map<string, number>();

  const startNewMinute = () => {
    if (now() - startedAtMs <= MINUTE_MS) return;
    startedAtMs = now();
    counts.clear();
  };
  const countOf = (network: string) => {
    startNewMinute();
    return counts.get(network) ?? 0;
  };

  return {
    countOf,
    increment(network) {
      const count = countOf(network) + 1;
      counts.delete(network); // a Map keeps its keys in the order of insertion
      counts.set(network, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_NETWORKS && oldest !== undefined) counts.delete(oldest);
      return count;
    },
  };
}

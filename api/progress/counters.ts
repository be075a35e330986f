import type { Counters } from '../../contract/rules/accounting.ts';

type CountedAction = { id: number; status: string };

/** Returns the counters of actions by id; recent counts are reused. */
export type CountersReader = (actions: readonly CountedAction[]) => Promise<Map<number, Counters>>;

/** Stale enough to save work, fresh enough that nobody notices. */
const MAX_AGE_MS = 250;
const MAX_CACHED = 1000;

interface CachedCount {
  countedAtMs: number;
  counters: Promise<Counters | undefined>;
}

/**
 * Counting 10,000 commands takes milliseconds, and all who watch an incident read the same action. The status is part of
 * the key, so that a final action is counted again at once.
 */
export function createCountersReader(
  count: (ids: number[]) => Promise<Map<number, Counters>>,
  now: () => number,
): CountersReader {
  const cache = new Map<string, CachedCount>();
  const keyOf = ({ id, status }: CountedAction) => `${id} ${status}`;
  const isFresh = (cached: CachedCount | undefined) =>
    cached !== undefined && Math.abs(now() - cached.countedAtMs) < MAX_AGE_MS;

  const trim = () => {
    if (cache.size <= MAX_CACHED) return;
    for (const [key, cached] of cache) if (!isFresh(cached)) cache.delete(key);
  };
  const startCounting = (actions: readonly CountedAction[]) => {
    const counting = count(actions.map(({ id }) => id));
    for (const action of actions) {
      const counters = counting.then((counted) => counted.get(action.id));
      cache.set(keyOf(action), { countedAtMs: now(), counters });
      counters.catch(() => cache.delete(keyOf(action)));
    }
  };

  return async (actions) => {
    trim();
    const missing = actions.filter((action) => !isFresh(cache.get(keyOf(action))));
    if (missing.length > 0) startCounting(missing);
    // Read before the first await: another call may trim the cache meanwhile.
    const pending = actions.map((action) => ({ id: action.id, cached: cache.get(keyOf(action)) }));
    const counted = new Map<number, Counters>();
    for (const { id, cached } of pending) {
      const counters = await cached?.counters;
      if (counters) counted.set(id, counters);
    }
    return counted;
  };
}

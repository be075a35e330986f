import type { Counters } from '../../contract/rules/accounting.ts';

/** Gives the counters of actions; those that were counted a moment ago are not counted again. */
export type CountersReader = (
  actions: readonly { id: number; status: string }[],
) => Promise<Map<number, Counters>>;

/** As old as nobody sees. An action that changes its status is counted anew at once: final means final. */
const MAX_AGE_MS = 250;
const MAX_KEPT = 1000;

/** Counting 10,000 commands takes milliseconds, and everybody who follows an incident looks at the same action. */
export function createCountersReader(
  count: (ids: number[]) => Promise<Map<number, Counters>>,
  now: () => number,
): CountersReader {
  const kept = new Map<string, { at: number; counters: Promise<Counters | undefined> }>();
  const isFresh = (at: number) => Math.abs(now() - at) < MAX_AGE_MS;
  const trim = () => {
    if (kept.size <= MAX_KEPT) return;
    for (const [key, { at }] of kept) if (!isFresh(at)) kept.delete(key);
  };
  return async (actions) => {
    trim();
    const missing = actions.filter(({ id, status }) => !isFresh(kept.get(`${id} ${status}`)?.at ?? 0));
    if (missing.length > 0) {
      const counting = count(missing.map(({ id }) => id));
      for (const { id, status } of missing) {
        const counters = counting.then((counted) => counted.get(id));
        kept.set(`${id} ${status}`, { at: now(), counters });
        counters.catch(() => kept.delete(`${id} ${status}`));
      }
    }
    // Taken before anything is awaited: another call may trim what grows old meanwhile.
    const asked = actions.map(({ id, status }) => ({ id, counters: kept.get(`${id} ${status}`)?.counters }));
    const counted = new Map<number, Counters>();
    for (const { id, counters } of asked) {
      const found = await counters;
      if (found) counted.set(id, found);
    }
    return counted;
  };
}

import { cached } from '../../platform/async/cached.ts';
import type { PresentCounts } from '../../platform/postgres/queries/sweeps/count-items.ts';

/** Counting 40,000 items takes 50 ms; all who watch a sweep share it. Only evaluations change it, which take longer. */
const MAX_AGE_MS = 250;
const MAX_SWEEPS = 100;

/** Returns what each check of a sweep says, counted a moment ago at most. */
export function createRecentCounts(
  count: (sweepId: number) => Promise<PresentCounts>,
  now: () => number,
): (sweepId: number) => Promise<PresentCounts> {
  /** The sweep that was asked about last is the last. */
  const readers = new Map<number, () => Promise<PresentCounts>>();
  return (sweepId) => {
    const reader = readers.get(sweepId) ?? cached({ maxAgeMs: MAX_AGE_MS, now, load: () => count(sweepId) });
    readers.delete(sweepId);
    readers.set(sweepId, reader);
    const [oldest] = readers.keys();
    if (readers.size > MAX_SWEEPS && oldest !== undefined) readers.delete(oldest);
    return reader();
  };
}

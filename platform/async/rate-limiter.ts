import { createDeferred, type Deferred } from './deferred.ts';

/** Waits in FIFO order and resolves to the permits granted, 1 to `most`. */
export type RateLimiter = (most: number) => Promise<number>;

/** Permits are granted in batches: a batch costs the rest of the platform less than single permits. */
const BATCH_MS = 100;

/** A FIFO rate limiter. `perSecond` is read for each batch; `Infinity` disables it. */
export function createRateLimiter(perSecond: () => number): RateLimiter {
  const waiting: { most: number; granted: Deferred<number> }[] = [];
  let carriedOver = 0;
  let isScheduled = false;

  const schedule = () => {
    isScheduled = true;
    setTimeout(grantBatch, BATCH_MS);
  };
  const grantBatch = () => {
    isScheduled = false;
    let due = carriedOver + (perSecond() * BATCH_MS) / 1000;
    while (due >= 1) {
      const next = waiting.shift();
      if (!next) break;
      const count = Math.min(next.most, Math.floor(due));
      due -= count;
      next.granted.resolve(count);
    }
    carriedOver = Number.isFinite(due) ? due % 1 : 0;
    if (waiting.length > 0) schedule();
  };

  return (most) => {
    if (waiting.length === 0 && perSecond() === Number.POSITIVE_INFINITY) return Promise.resolve(most);
    const granted = createDeferred<number>();
    waiting.push({ most, granted });
    if (!isScheduled) schedule();
    return granted.promise;
  };
}

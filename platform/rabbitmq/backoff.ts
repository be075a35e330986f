/** Pauses before reconnecting: up to `firstMs` at first, doubling up to `maxMs`. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** Beyond this the ceiling is `maxMs` anyway. */
const MAX_DOUBLINGS = 20;

/**
 * Full jitter under an exponential ceiling: thousands of agents that lost their relay in the same moment come back
 * spread over the whole of it.
 */
export function backoffDelay(failures: number, { firstMs, maxMs }: Backoff): number {
  return Math.random() * Math.min(maxMs, firstMs * 2 ** Math.min(failures, MAX_DOUBLINGS));
}

/** The pause before a restart. */
export interface RestartDelay {
  firstMs: number;
  maxMs: number;
  /** A module that ran this long starts again as after its first failure. */
  healthyMs: number;
}

export const RESTART_DELAY: RestartDelay = { firstMs: 10_000, maxMs: 600_000, healthyMs: 600_000 };

/** Beyond this the pause is `maxMs` anyway. */
const MAX_DOUBLINGS = 20;
/** Up to this share is added, so that the modules of a fleet do not start at the same moment. */
const JITTER = 0.25;

/** MIG's 10 s after the first failure, doubling with each further one. */
export function restartDelayMs(
  failures: number,
  { firstMs, maxMs }: RestartDelay,
  random = Math.random,
): number {
  const growing = Math.min(maxMs, firstMs * 2 ** Math.min(MAX_DOUBLINGS, Math.max(0, failures - 1)));
  return Math.round(growing * (1 + random() * JITTER));
}

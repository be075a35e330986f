/** Commands that leave together, and the shortest time between two such batches. */
export interface Pace {
  batch: number;
  everyMs: number;
}

const MINUTE_MS = 60_000;
/** Few batches cost Temporal little, many are gentle to the fleet. */
const BATCHES_A_MINUTE = 10;
/** Larger batches would be pages of the database that are too large. */
export const MAX_BATCH = 500;

/**
 * How a rate is spread over the minute. As many batches fit into a minute as it has of `everyMs`, so that no minute, whenever
 * it begins, has more than `perMinute` commands.
 */
export function paceOf(perMinute: number): Pace {
  const batch = Math.min(MAX_BATCH, Math.max(1, Math.floor(perMinute / BATCHES_A_MINUTE)));
  const batches = Math.floor(perMinute / batch);
  return { batch, everyMs: Math.ceil(MINUTE_MS / batches) };
}

/** The most commands that a rate lets go within a time, the first batch at its beginning. */
export function mostWithin(perMinute: number, withinMs: number): number {
  if (withinMs <= 0) return 0;
  const { batch, everyMs } = paceOf(perMinute);
  return batch * Math.ceil(withinMs / everyMs);
}

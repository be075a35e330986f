import { setImmediate } from 'node:timers/promises';

/** The time of a run is over. */
export class DeadlineError extends Error {}

/** Tables are read synchronously; the pacer still lets timers run and keeps the deadline. */
export interface Pacer {
  /** Called between pieces of work. Throws DeadlineError with `at`, the place that the run has reached. */
  pause(at: string): Promise<void>;
}

const YIELD_INTERVAL_MS = 100;

/** `endsAtMs` is on the same clock as `now`, which by default starts with the process. */
export function createPacer(endsAtMs: number, now: () => number = () => performance.now()): Pacer {
  const startedMs = now();
  let yieldedMs = startedMs;
  return {
    async pause(at) {
      const nowMs = now();
      if (nowMs >= endsAtMs) {
        const seconds = ((nowMs - startedMs) / 1000).toFixed(1);
        throw new DeadlineError(
          `the search was ended after ${seconds} s, before its time was over, ${at}: nothing after it was searched`,
        );
      }
      if (nowMs - yieldedMs < YIELD_INTERVAL_MS) return;
      await setImmediate();
      yieldedMs = now();
    },
  };
}

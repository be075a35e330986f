const STEPS_PER_CHECK = 256;
const YIELD_INTERVAL_MS = 100;

/** The time at which a run must end was reached. */
export class TimeIsOver extends Error {}

/** Keeps a run within its time, and lets timers run meanwhile. */
export interface Pacer {
  /** Called before each file. Throws TimeIsOver. */
  startFile(): Promise<void> | undefined;
  /** Called for each line: cheap. Throws TimeIsOver. */
  startLine(): Promise<void> | undefined;
}

export function createPacer(endsAtMs: number): Pacer {
  let steps = 0;
  let yieldedMs = performance.now();
  const check = () => {
    const nowMs = performance.now();
    if (nowMs >= endsAtMs) throw new TimeIsOver('the time was over');
    if (nowMs - yieldedMs < YIELD_INTERVAL_MS) return undefined;
    yieldedMs = nowMs;
    return new Promise<void>((resolve) => setImmediate(resolve));
  };
  return {
    startFile: check,
    startLine: () => (++steps % STEPS_PER_CHECK === 0 ? check() : undefined),
  };
}

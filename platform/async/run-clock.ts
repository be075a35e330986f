/** How often a synchronous run lets timers run. */
const PAUSE_INTERVAL_MS = 50;

/** The time of a run was over. */
export class TimeIsOverError extends Error {}

/** The time of a long synchronous run. */
export interface RunClock {
  /** Whether the run must end. */
  isOver(): boolean;
  /** Throws TimeIsOverError when the run must end, with a sentence that names the place that it has reached. */
  check(at: string): void;
  /** The beginning of a sentence about a run that ended early. */
  ended(): string;
  /** Call this between steps of a few milliseconds. The promise, if any, resolves once timers have run. */
  pause(): Promise<void> | undefined;
}

/** `endsAtMs` is on the same clock as `now`, which by default starts with the process. */
export function createRunClock(endsAtMs: number, now: () => number = () => performance.now()): RunClock {
  const startedMs = now();
  let pausedMs = startedMs;
  const isOver = () => now() >= endsAtMs;
  const ended = () =>
    `the search was ended after ${((now() - startedMs) / 1000).toFixed(1)} s, before its time was over`;
  return {
    isOver,
    ended,
    check(at) {
      if (isOver()) throw new TimeIsOverError(`${ended()}, ${at}: nothing after it was searched`);
    },
    pause() {
      if (now() - pausedMs < PAUSE_INTERVAL_MS) return undefined;
      return new Promise((resolve) => {
        setImmediate(() => {
          pausedMs = now();
          resolve();
        });
      });
    },
  };
}

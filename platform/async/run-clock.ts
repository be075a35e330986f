/** How often a synchronous run lets timers run. */
const PAUSE_INTERVAL_MS = 50;

/** The time of a long synchronous run. */
export interface RunClock {
  /** Whether the run must end. */
  isOver(): boolean;
  /** The seconds since the start, for messages. */
  elapsedSeconds(): string;
  /** Call this between steps of a few milliseconds. The promise, if any, resolves once timers have run. */
  pause(): Promise<void> | undefined;
}

/** `endsAtMs` is on the same clock as `now`, which by default starts with the process. */
export function createRunClock(endsAtMs: number, now: () => number = () => performance.now()): RunClock {
  const startedMs = now();
  let pausedMs = startedMs;
  return {
    isOver: () => now() >= endsAtMs,
    elapsedSeconds: () => ((now() - startedMs) / 1000).toFixed(1),
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

interface ThrottleOptions<Key> {
  intervalMs: number;
  /** Must not reject. */
  run: (key: Key) => Promise<void>;
}

/** Runs a function at most once per interval for each key. */
export interface Throttle<Key> extends AsyncDisposable {
  call(key: Key): void;
}

/**
 * A throttle with both edges: the first call of a burst runs at once, and the last one at the end of its interval.
 * Disposal drops the calls that wait, and waits for those in flight.
 */
export function createThrottle<Key>({ intervalMs, run }: ThrottleOptions<Key>): Throttle<Key> {
  const intervals = new Map<Key, { timer: NodeJS.Timeout; isCalledAgain: boolean }>();
  const inFlight = new Set<Promise<void>>();
  let isClosed = false;

  const runNow = (key: Key) => {
    const running = run(key).finally(() => inFlight.delete(running));
    inFlight.add(running);
    const timer = setTimeout(() => endInterval(key), intervalMs).unref();
    intervals.set(key, { timer, isCalledAgain: false });
  };
  const endInterval = (key: Key) => {
    const interval = intervals.get(key);
    intervals.delete(key);
    if (interval?.isCalledAgain) runNow(key);
  };
  return {
    call(key) {
      if (isClosed) return;
      const interval = intervals.get(key);
      if (interval) interval.isCalledAgain = true;
      else runNow(key);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const { timer } of intervals.values()) clearTimeout(timer);
      await Promise.allSettled(inFlight);
    },
  };
}

/** Wakes workflows: at once the first time, then at most once per interval. */
export interface Waker extends AsyncDisposable {
  wake(actionId: number): void;
}

/** Throttles on both edges: the last call of a burst wakes at the end of its interval. */
export function createWaker({
  intervalMs,
  wake,
}: {
  intervalMs: number;
  /** Must not reject. */
  wake: (actionId: number) => Promise<void>;
}): Waker {
  /** Actions that were woken within the last interval, and whether another call came since. */
  const recent = new Map<number, boolean>();
  const timers = new Set<NodeJS.Timeout>();
  const inFlight = new Set<Promise<void>>();
  let isClosed = false;
  const wakeNow = (actionId: number) => {
    recent.set(actionId, false);
    const waking = wake(actionId).finally(() => inFlight.delete(waking));
    inFlight.add(waking);
    const timer = setTimeout(() => {
      timers.delete(timer);
      const isCalledAgain = recent.get(actionId);
      recent.delete(actionId);
      if (isCalledAgain) wakeNow(actionId);
    }, intervalMs);
    timers.add(timer.unref());
  };
  return {
    wake(actionId) {
      if (isClosed) return;
      if (recent.has(actionId)) recent.set(actionId, true);
      else wakeNow(actionId);
    },
    /** After this no call uses Temporal's client any more. */
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(inFlight);
    },
  };
}

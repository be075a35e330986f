/** Wakes workflows: the first time at once, then, however often it is asked, at most once per interval. */
export interface Waker extends AsyncDisposable {
  wake(actionId: number): void;
}

/** The last call of a burst is never lost: it wakes at the end of its interval. */
export function createWaker({
  intervalMs,
  wake,
}: {
  intervalMs: number;
  /** Must not reject. */
  wake: (actionId: number) => Promise<void>;
}): Waker {
  /** Those that were woken within the last interval, and whether somebody asked since. */
  const recent = new Map<number, boolean>();
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  let isClosed = false;
  const wakeNow = (actionId: number) => {
    recent.set(actionId, false);
    const waking = wake(actionId).finally(() => underWay.delete(waking));
    underWay.add(waking);
    const timer = setTimeout(() => {
      timers.delete(timer);
      const isAskedAgain = recent.get(actionId);
      recent.delete(actionId);
      if (isAskedAgain) wakeNow(actionId);
    }, intervalMs);
    timers.add(timer.unref());
  };
  return {
    wake(actionId) {
      if (isClosed) return;
      if (recent.has(actionId)) recent.set(actionId, true);
      else wakeNow(actionId);
    },
    /** What it reaches workflows with may be closed after this. */
    async [Symbol.asyncDispose]() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(underWay);
    },
  };
}

/** Wakes workflows: the first time at once, then, however often it is asked, at most once per interval. */
export interface Waker {
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
  const wakeNow = (actionId: number) => {
    recent.set(actionId, false);
    void wake(actionId);
    setTimeout(() => {
      const isAskedAgain = recent.get(actionId);
      recent.delete(actionId);
      if (isAskedAgain) wakeNow(actionId);
    }, intervalMs).unref();
  };
  return {
    wake(actionId) {
      if (recent.has(actionId)) recent.set(actionId, true);
      else wakeNow(actionId);
    },
  };
}

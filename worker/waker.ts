import { createThrottle } from '../platform/async/throttle.ts';

/** Wakes a workflow at most once per interval: at once, and again after the last call of a burst. */
export interface Waker extends AsyncDisposable {
  wake(actionId: number): void;
}

/** After its disposal nothing uses Temporal's client any more. `wake` must not reject. */
export function createWaker({
  intervalMs,
  wake,
}: {
  intervalMs: number;
  wake: (actionId: number) => Promise<void>;
}): Waker {
  const throttle = createThrottle({ intervalMs, run: wake });
  return {
    wake: throttle.call,
    [Symbol.asyncDispose]: () => throttle[Symbol.asyncDispose](),
  };
}

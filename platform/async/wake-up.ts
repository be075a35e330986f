import { createDeferred } from './deferred.ts';

/** An auto-reset event: `wait` returns at once when `wake` was called since the last `wait` ended. */
export interface WakeUp {
  wake(): void;
  /** Waits for `wake`, for `timeoutMs` at most. For one waiter at a time. */
  wait(timeoutMs: number): Promise<void>;
}

export function createWakeUp(): WakeUp {
  let called = createDeferred();
  return {
    wake() {
      called.resolve();
    },
    async wait(timeoutMs) {
      const timer = setTimeout(called.resolve, timeoutMs);
      await called.promise;
      clearTimeout(timer);
      called = createDeferred();
    },
  };
}

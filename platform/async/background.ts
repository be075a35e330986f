import { createSemaphore } from './semaphore.ts';

/** Work that goes on after the answer that began it. Whoever begins it has stored what it needs to be done again. */
export interface Background extends AsyncDisposable {
  /** Runs the work soon. */
  run(work: () => Promise<void>): void;
}

export interface BackgroundOptions {
  /** Works at the same time. */
  max: number;
  /** Works that wait for their turn; one more is dropped. */
  maxWaiting: number;
  onDropped: () => void;
  onFailed: (error: unknown) => void;
}

/** Disposing of it waits for what has begun, and drops what waits. */
export function createBackground({ max, maxWaiting, onDropped, onFailed }: BackgroundOptions): Background {
  const semaphore = createSemaphore(max);
  const open = new Set<Promise<void>>();
  let isClosed = false;

  const begin = async (work: () => Promise<void>) => {
    if (isClosed) onDropped();
    else await work();
  };
  return {
    run(work) {
      if (isClosed || open.size >= max + maxWaiting) return onDropped();
      const done = semaphore
        .withPermit(() => begin(work))
        .catch(onFailed)
        .finally(() => open.delete(done));
      open.add(done);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await Promise.all(open);
    },
  };
}

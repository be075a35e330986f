import { createDeferred, type Deferred } from './deferred.ts';

/** A counting semaphore, first come first served. */
export interface Semaphore {
  /** Waits for a permit. The returned function releases it; further calls do nothing. */
  acquire(): Promise<() => void>;
  /** Holds a permit while the work runs. */
  withPermit<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: Deferred<void>[] = [];

  const takePermit = async () => {
    if (free > 0) {
      free--;
      return;
    }
    const permit = createDeferred();
    waiting.push(permit);
    await permit.promise;
  };
  const release = () => {
    const next = waiting.shift();
    if (next) next.resolve();
    else free++;
  };
  const acquire = async () => {
    await takePermit();
    let isHeld = true;
    return () => {
      if (isHeld) release();
      isHeld = false;
    };
  };
  return {
    acquire,
    async withPermit(work) {
      const releasePermit = await acquire();
      try {
        return await work();
      } finally {
        releasePermit();
      }
    },
  };
}

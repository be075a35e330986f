/** A counting semaphore: waiting callers get a permit in the order of asking. */
export interface Semaphore {
  /** Waits for a permit; the returned function gives it back, once however often it is called. */
  acquire(): Promise<() => void>;
  /** Holds a permit while the work runs. */
  withPermit<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: (() => void)[] = [];

  const giveBack = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  const acquire = async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    let isHeld = true;
    return () => {
      if (isHeld) giveBack();
      isHeld = false;
    };
  };
  return {
    acquire,
    async withPermit(work) {
      const release = await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}

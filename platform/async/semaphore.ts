/** A counting semaphore: at most so many pieces of work run at the same time, the others wait in order. */
export interface Semaphore {
  /** Waits for a permit, does the work, and passes the permit to whoever has waited longest. */
  withPermit<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return {
    async withPermit(work) {
      if (taken >= permits) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken++;
      try {
        return await work();
      } finally {
        taken--;
        const next = waiting.shift();
        if (next) {
          taken++;
          next();
        }
      }
    },
  };
}

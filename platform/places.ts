/** Work that may be done by so many at the same time only. */
export interface Places {
  /** Waits for a place, does the work, gives the place to whoever waited longest. */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

export function createPlaces(count: number): Places {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return {
    async hold(work) {
      if (taken >= count) await new Promise<void>((resolve) => waiting.push(resolve));
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

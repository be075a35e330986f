import { MigError } from '../../contract/errors.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';

/** A semaphore with a bounded queue. */
export interface LoadLimit {
  /** Throws `overloaded` when the queue is full. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Runs at most `atOnce` pieces of work and queues `waiting` more. An unbounded queue costs memory and time. */
export function createLoadLimit({ atOnce, waiting }: { atOnce: number; waiting: number }): LoadLimit {
  const semaphore = createSemaphore(atOnce);
  let admitted = 0;
  return {
    async run(work) {
      if (admitted >= atOnce + waiting) {
        throw new MigError('overloaded', `${admitted} requests are in progress; try again`);
      }
      admitted++;
      try {
        return await semaphore.withPermit(work);
      } finally {
        admitted--;
      }
    },
  };
}

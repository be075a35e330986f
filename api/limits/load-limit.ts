import { MigError } from '../../contract/errors.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';

/** A semaphore with a bounded queue. */
export interface LoadLimit {
  /**
   * Runs the work in its turn. `bytes` is the memory that it takes while it waits and runs. Throws `overloaded` when the
   * queue, or the memory, is full.
   */
  run<T>(work: () => Promise<T>, bytes?: number): Promise<T>;
}

interface LoadBounds {
  atOnce: number;
  waiting: number;
  /** The memory of all that waits and runs, in bytes. */
  maxBytes?: number;
}

/** Runs at most `atOnce` pieces of work and queues `waiting` more. An unbounded queue costs memory and time. */
export function createLoadLimit({
  atOnce,
  waiting,
  maxBytes = Number.POSITIVE_INFINITY,
}: LoadBounds): LoadLimit {
  const semaphore = createSemaphore(atOnce);
  let admitted = 0;
  let admittedBytes = 0;
  return {
    async run(work, bytes = 0) {
      if (admitted >= atOnce + waiting || admittedBytes + bytes > maxBytes) {
        throw new MigError('overloaded', `${admitted} requests are in progress; try again`);
      }
      admitted++;
      admittedBytes += bytes;
      try {
        return await semaphore.withPermit(work);
      } finally {
        admitted--;
        admittedBytes -= bytes;
      }
    },
  };
}

import { MigError } from '../../contract/errors.ts';

/** Memory for the bytes of bodies that are still arriving. */
export interface ByteBudget {
  /** Throws `overloaded` when the budget is exhausted. */
  reserve(bytes: number): void;
  release(bytes: number): void;
}

export function createByteBudget(maxBytes: number): ByteBudget {
  let reserved = 0;
  return {
    reserve(bytes) {
      if (reserved + bytes > maxBytes) {
        throw new MigError('overloaded', 'too many bodies are arriving at this time; try again');
      }
      reserved += bytes;
    },
    release(bytes) {
      reserved -= bytes;
    },
  };
}

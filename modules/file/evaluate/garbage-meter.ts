import { releaseMemory } from '../../../platform/machine/release-memory.ts';

/** Decoded text is garbage once its block was inspected, and grows large before the runtime collects it. */
export interface GarbageMeter {
  /** Adds bytes that were decoded, and collects garbage when they have become many. */
  add(bytes: number): void;
}

const BYTES_PER_COLLECTION = 448 * 1024 * 1024;

export function createGarbageMeter(): GarbageMeter {
  let decoded = 0;
  return {
    add(bytes) {
      decoded += bytes;
      if (decoded < BYTES_PER_COLLECTION) return;
      decoded = 0;
      releaseMemory();
    },
  };
}

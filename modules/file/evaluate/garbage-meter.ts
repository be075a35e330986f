import { releaseMemory } from '../../../platform/machine/release-memory.ts';

/** Decoded text becomes garbage after the inspection of its block, and piles up before the runtime collects it. */
export interface GarbageMeter {
  /** Adds decoded bytes, and collects the garbage from time to time. */
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

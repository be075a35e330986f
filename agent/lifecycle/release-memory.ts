import { releaseMemory } from '../../platform/machine/release-memory.ts';
import type { Work } from '../command/deps.ts';

/** How long the agent must be idle before it returns memory, and how often it does so while busy. */
const QUIET_MS = 3_000;
const BUSY_RELEASE_MS = 60_000;

/** Returns a function that returns memory to the system soon after work has ended, and once a minute during work. */
export function releaseAfterWork(work: Work): () => void {
  let releasedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const isQuiet = work.running === 0 && performance.now() - work.lastActivityMs > QUIET_MS;
    const isDue = isQuiet || performance.now() - releasedMs > BUSY_RELEASE_MS;
    if (!isDue || work.lastActivityMs <= releasedMs) return;
    releasedMs = performance.now();
    releaseMemory();
  };
}

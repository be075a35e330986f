import { setTimeout as sleep } from 'node:timers/promises';
import { releaseMemory } from '../modules/memory.ts';

/** What the daemon and the check-in mode want to know of the work in hand. */
export interface Work {
  /** Messages being handled at this moment. */
  running: number;
  /** Nothing more is begun: what comes now stays with the relay, for the next process. */
  isEnding: boolean;
  /** Monotonic milliseconds of the last message that came or ended. */
  lastMs: number;
}

export interface Endings {
  /** Waits until all that was begun has ended and is confirmed, or the limit is over; then nothing more begins. */
  settle(limitMs: number): Promise<void>;
  /**
   * Begins nothing more, and waits until what was begun has ended, or the limit is over. Modules that run on are ended
   * then: their command is answered with what its other operations found, and says which were interrupted.
   */
  endWork(limitMs: number): Promise<void>;
}

/** How long nothing must have happened before memory is given back; while work lasts, how often. */
const QUIET_MS = 3_000;
const BUSY_RELEASE_MS = 60_000;
const LOOK_EVERY_MS = 20;
/** For modules that are ended to be gone, and for their answers to be on disk and at the relay. */
const CUT_OFF_MS = 2_000;

export function endingsOf({
  work,
  ending,
  unconfirmed,
}: {
  work: Work;
  ending: AbortController;
  unconfirmed: () => number;
}): Endings {
  return {
    async settle(limitMs) {
      await waitUntil(() => work.running === 0 && unconfirmed() === 0, limitMs);
      work.isEnding = true;
    },
    async endWork(limitMs) {
      work.isEnding = true;
      await waitUntil(() => work.running === 0, limitMs);
      ending.abort();
      await waitUntil(() => work.running === 0 && unconfirmed() === 0, CUT_OFF_MS);
    },
  };
}

async function waitUntil(isSo: () => boolean, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (!isSo() && performance.now() < until) await sleep(LOOK_EVERY_MS);
}

/** After the start and after every spell of work, when it has been over for a moment; once a minute while it lasts. */
export function releaseAfterWork(work: Work): () => void {
  let releasedMs = Number.NEGATIVE_INFINITY;
  return () => {
    const isQuiet = work.running === 0 && performance.now() - work.lastMs > QUIET_MS;
    const isDue = isQuiet || performance.now() - releasedMs > BUSY_RELEASE_MS;
    if (!isDue || work.lastMs <= releasedMs) return;
    releasedMs = performance.now();
    releaseMemory();
  };
}

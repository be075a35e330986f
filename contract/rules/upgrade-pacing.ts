import { exceedsPercent } from './percent.ts';
import type { UpgradeCounts } from './upgrade-protocol.ts';

export interface UpgradePace {
  /** Endpoints that go first; the others wait until all of these have ended. */
  canary: number;
  /** The most endpoints in progress at one time. */
  atOnce: number;
  /** Percent of ended upgrades. When more have failed after the canary, no more are sent. */
  maxFailurePercent: number;
}

/** How many endpoints are between `sent` and their end. */
export function countInFlight({ open }: UpgradeCounts): number {
  const all = Object.values(open).reduce((total, count) => total + count, 0);
  return all - (open.waiting ?? 0);
}

/**
 * How many may be sent now. In all: the canary, then the canary plus twice the number that have ended; never more than
 * `atOnce` in flight.
 */
export function countSendable(counts: UpgradeCounts, { canary, atOnce }: UpgradePace): number {
  const ended = countEnded(counts);
  const active = countInFlight(counts) - counts.silent;
  const allowed = ended < canary ? canary : canary + 2 * ended;
  return Math.max(0, Math.min(counts.reachable, allowed - ended - active, atOnce - active));
}

/** Why no more are sent; undefined while the failures stay below the limit. */
export function stopReason(
  counts: UpgradeCounts,
  { canary, maxFailurePercent }: UpgradePace,
): string | undefined {
  const ended = countEnded(counts);
  const failed = countFailures(counts);
  if (ended < canary || !exceedsPercent({ part: failed, whole: ended }, maxFailurePercent)) return undefined;
  return `stopped: ${failed} of ${ended} upgrades failed, more than ${maxFailurePercent} %`;
}

/** Upgrades that came to a result on their endpoint: neither cancelled nor expired before they were sent. */
function countEnded({ finished }: UpgradeCounts): number {
  return (finished.done ?? 0) + countFailures({ finished });
}

function countFailures({ finished }: Pick<UpgradeCounts, 'finished'>): number {
  return (finished.failed ?? 0) + (finished.lingering ?? 0);
}

/** How far an endpoint is in the agent upgrade protocol (concepts.rst#agent-upgrade-process), in this order. */
export const UPGRADE_STEPS = [
  'waiting',
  'sent',
  'old pid returned',
  'old agent marked upgraded',
  'new agent registered',
  'duplicate found',
  'kill sent',
  'kill acknowledged',
  'check sent',
  'one process found',
  'removal sent',
  'old binary removed',
  'done',
] as const;
export type UpgradeStep = (typeof UPGRADE_STEPS)[number];

/** How it ended. `lingering`: two agents run there, and that is left to an investigator. */
export type UpgradeOutcome = 'done' | 'failed' | 'lingering' | 'expired' | 'cancelled';

/** Where the endpoints of one upgrade stand: those under way by step, the others by outcome. */
export interface UpgradeCounts {
  open: Partial<Record<UpgradeStep, number>>;
  finished: Partial<Record<UpgradeOutcome, number>>;
  /** Of those that wait, how many could be asked now, counted up to a thousand: the others are offline. */
  reachable: number;
  /** Of those that were sent, how many have not answered in the time for a step: nobody waits for them. */
  silent: number;
}

/** What was sent and did not end yet. */
export function inFlight({ open }: UpgradeCounts): number {
  return sum(open) - (open.waiting ?? 0);
}

/** What ended by itself: neither cancelled nor expired before it was asked. */
function decided({ finished }: UpgradeCounts): number {
  return (finished.done ?? 0) + failures({ finished });
}

function failures({ finished }: Pick<UpgradeCounts, 'finished'>): number {
  return (finished.failed ?? 0) + (finished.lingering ?? 0);
}

export interface UpgradePace {
  /** So many first; the others wait until all of these have ended. */
  canary: number;
  /** Under way at the same time, at most. */
  atOnce: number;
  /** Beyond this share of failures, from the end of the canary on, no more are sent. */
  maxFailurePercent: number;
}

/** How many may be sent now: the canary, then twice as many as have ended, never more than `atOnce` under way. */
export function maySend(counts: UpgradeCounts, { canary, atOnce }: UpgradePace): number {
  const ended = decided(counts);
  const underWay = inFlight(counts) - counts.silent;
  const allowed = ended < canary ? canary : canary + 2 * ended;
  return Math.max(0, Math.min(counts.reachable, allowed - ended - underWay, atOnce - underWay));
}

/** Why no more are sent; undefined while all is well. */
export function whyStop(
  counts: UpgradeCounts,
  { canary, maxFailurePercent }: UpgradePace,
): string | undefined {
  const ended = decided(counts);
  const failed = failures(counts);
  if (ended < canary || failed * 100 <= maxFailurePercent * ended) return undefined;
  return `stopped: ${failed} of ${ended} upgrades failed, more than ${maxFailurePercent} %`;
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

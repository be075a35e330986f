/** When a sweep was paused: from its beginning on, before its end; null while it lasts. */
export interface Pause {
  fromMs: number;
  toMs: number | null;
}

/** A planned time that has no run yet, and what is known of its sweep. */
export interface PlannedTime {
  plannedMs: number;
  nowMs: number;
  /** How late a run may begin. */
  catchupMs: number;
  overlap: 'skip' | 'queue' | 'cancel';
  pauses: readonly Pause[];
  /** A run that was planned earlier has begun, or is about to, and had not ended at this time. */
  isOverlapping: boolean;
  /** Of the planned times until now that have no run, it is the last. */
  isLast: boolean;
}

/** What becomes of a planned time: a run, later a run, or none. */
export type PlannedDecision =
  | { type: 'start' }
  | { type: 'wait' }
  | { type: 'none'; state: 'missed' | 'overlapped'; reason: string };

/** Decides a time that Temporal's schedule should have started. A pause comes first, then the overlap, then the delay. */
export function decidePlannedTime(time: PlannedTime): PlannedDecision {
  const { plannedMs, nowMs, catchupMs, overlap, pauses, isOverlapping, isLast } = time;
  if (isPausedAt(plannedMs, pauses)) return missed(PAUSED_REASON);
  const isInTime = plannedMs > nowMs - catchupMs;
  if (isOverlapping && overlap === 'queue' && isInTime) return { type: 'wait' };
  if (isOverlapping && overlap !== 'cancel') {
    return { type: 'none', state: 'overlapped', reason: 'the run before had not ended' };
  }
  if (!isInTime) return missed('the platform was not running at that time');
  if (overlap === 'cancel' && !isLast) return missed(REPLACED_REASON);
  return { type: 'start' };
}

/** Decides such a time of a sweep whose document cannot be read: nobody knows what to ask. */
export function decideUnreadable(
  { plannedMs, pauses }: Pick<PlannedTime, 'plannedMs' | 'pauses'>,
  reason: string,
): PlannedDecision {
  return missed(isPausedAt(plannedMs, pauses) ? PAUSED_REASON : reason);
}

export const PAUSED_REASON = 'the sweep was paused';
export const REPLACED_REASON = 'the next run took its place';

/** Whether a planned time falls into a pause. Neither does a run begin that was planned before a pause that still lasts. */
export function isPausedAt(plannedMs: number, pauses: readonly Pause[]): boolean {
  return pauses.some(({ fromMs, toMs }) => toMs === null || (plannedMs >= fromMs && plannedMs < toMs));
}

function missed(reason: string): PlannedDecision {
  return { type: 'none', state: 'missed', reason };
}

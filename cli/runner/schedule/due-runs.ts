import type { Schedule } from './parse-schedule.ts';

/** A run that is noticed up to this long after its time is launched late. */
export const MAX_LATE_MS = 60_000;
/** The most missed runs that are counted: a schedule may fire every second. */
const MAX_MISSED = 1000;

/** What is to do about the times of a schedule that have passed. */
export interface DueRuns {
  /** The scheduled time of the run to launch now. */
  launchMs: number | undefined;
  /** The times that nobody launched, oldest first. */
  missedMs: number[];
  /** Whether there are more missed times than are listed. */
  isCut: boolean;
}

/** Decides about the scheduled times after `lastMs` up to `nowMs`: the latest is launched unless it is too late. */
export function dueRuns(schedule: Schedule, { lastMs, nowMs }: { lastMs: number; nowMs: number }): DueRuns {
  const lateFromMs = Math.max(lastMs, nowMs - MAX_LATE_MS - 1);
  const recent = timesBetween(schedule, { afterMs: lateFromMs, toMs: nowMs, max: Number.POSITIVE_INFINITY });
  const launchMs = recent.at(-1);
  const missedMs = timesBetween(schedule, {
    afterMs: lastMs,
    toMs: launchMs === undefined ? nowMs : launchMs - 1,
    max: MAX_MISSED + 1,
  });
  return { launchMs, missedMs: missedMs.slice(0, MAX_MISSED), isCut: missedMs.length > MAX_MISSED };
}

function timesBetween(
  schedule: Schedule,
  { afterMs, toMs, max }: { afterMs: number; toMs: number; max: number },
): number[] {
  const times: number[] = [];
  let next = schedule.next(afterMs);
  while (next !== undefined && next <= toMs && times.length < max) {
    times.push(next);
    next = schedule.next(next);
  }
  return times;
}

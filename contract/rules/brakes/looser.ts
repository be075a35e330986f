import { type BrakesRule, MINIMUM_ANSWERS } from './decide.ts';
import { isWithin } from './windows.ts';

/** The parts of brakes, in the order in which they are compared. */
export type BrakesPart = 'canary' | 'perminute' | 'windows' | 'stopat';

/**
 * The first part in which brakes let a command leave that others would have held back; undefined when they are at least as
 * tight. What cannot be compared counts as looser.
 */
export function looserPart(brakes: BrakesRule, than: BrakesRule): BrakesPart | undefined {
  if (!isCanaryKept(brakes.canary, than.canary)) return 'canary';
  if (!isAtMost(brakes.perminute, than.perminute)) return 'perminute';
  if (than.windows !== undefined && !isWithin(brakes.windows, than.windows)) return 'windows';
  return isStopKept(brakes, than) ? undefined : 'stopat';
}

/**
 * A larger canary asks more agents before anybody knows, and a smaller one proves less. So it keeps its size, and may only be
 * waited for longer.
 */
function isCanaryKept(canary: BrakesRule['canary'], than: BrakesRule['canary']): boolean {
  if (than === undefined) return true;
  if (canary === undefined) return false;
  const isSameSize = canary.agents === than.agents && canary.percent === than.percent;
  return isSameSize && isAtLeast(canary.waitseconds, than.waitseconds);
}

function isStopKept(brakes: BrakesRule, than: BrakesRule): boolean {
  const { failedpercent, matchedpercent, minimumanswers = MINIMUM_ANSWERS } = brakes.stopat ?? {};
  const before = than.stopat ?? {};
  // Without a limit one failure of the canary stops the action: any limit would allow more.
  const isAnyFailureEnough = than.canary !== undefined && before.failedpercent === undefined;
  if (isAnyFailureEnough && failedpercent !== undefined) return false;
  if (!isAtMost(failedpercent, before.failedpercent)) return false;
  if (!isAtMost(matchedpercent, before.matchedpercent)) return false;
  return than.stopat === undefined || minimumanswers <= (before.minimumanswers ?? MINIMUM_ANSWERS);
}

/** Whether a limit from above is kept; undefined is no limit. */
function isAtMost(limit: number | undefined, than: number | undefined): boolean {
  return than === undefined || (limit !== undefined && limit <= than);
}

/** Whether a time to wait is kept; undefined is for ever. */
function isAtLeast(wait: number | undefined, than: number | undefined): boolean {
  return wait === undefined || (than !== undefined && wait >= than);
}

import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { Tally } from '../tally.ts';
import type { Plan } from './plan.ts';

/** Whether a search may evaluate the file or directory `at`. Records the limit that stops it. */
export function mayContinue(plan: Plan, tally: Tally, at: Path): boolean {
  const { matchlimit } = plan.search.options;
  if (tally.isFull) {
    plan.limitsReached.add('memory');
    return false;
  }
  if (plan.endsAtMs !== Number.POSITIVE_INFINITY && performance.now() >= plan.endsAtMs) {
    plan.limitsReached.add('maxtime');
    plan.stoppedAt ??= at;
    return false;
  }
  if (matchlimit === 0 || plan.hits < matchlimit) return true;
  plan.limitsReached.add('matchlimit');
  return false;
}

/** Whether a search may enter a directory of this level. Records the limit otherwise. */
export function mayDescend(plan: Plan, level: number): boolean {
  const { maxdepth } = plan.search.options;
  if (maxdepth === 0 || level <= Math.trunc(maxdepth)) return true;
  plan.limitsReached.add('maxdepth');
  return false;
}

import { lstatSync } from 'node:fs';
import { type Path, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import { isAtOrBelow } from '../filesystem/paths.ts';
import { mayContinue, mayDescend } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';

/** Where a search is in a directory. */
interface Place {
  /** Its level below the first of its own paths. */
  level: number;
  /** With `xdev`, the file system that the search stays on. */
  device: number | undefined;
  /** Excluded, or on another file system: here and in everything below. */
  isOutside: boolean;
}

/** The searches in scope in a directory. */
export type Scope = ReadonlyMap<Plan, Place>;

export const NO_SCOPE: Scope = new Map();

/** Returns the searches with a path at or above this directory, one level deeper than in its parent. */
export function enterScope(path: Path, plans: readonly Plan[], parent: Scope): Scope {
  const scope = new Map<Plan, Place>();
  for (const plan of plans) {
    if (plan.roots.some((root) => isAtOrBelow(path, root)))
      scope.set(plan, placeIn(path, plan, parent.get(plan)));
  }
  return scope;
}

/** Returns the searches in scope that no limit stops. */
export function activePlans(path: Path, scope: Scope, tally: Tally): Plan[] {
  const active: Plan[] = [];
  for (const [plan, { level, isOutside }] of scope) {
    if (!isOutside && mayDescend(plan, level) && mayContinue(plan, tally, path)) active.push(plan);
  }
  return active;
}

/** The first of a search's own paths decides which file system it stays on, as for `find -xdev`. */
function placeIn(path: Path, plan: Plan, parent: Place | undefined): Place {
  const level = (parent?.level ?? 0) + 1;
  if (parent?.isOutside || plan.isExcluded?.(path)) return { level, device: undefined, isOutside: true };
  if (!plan.search.options.xdev) return { level, device: undefined, isOutside: false };
  const device = deviceOf(path);
  const own = parent?.device ?? device;
  return { level, device: own, isOutside: device !== own };
}

function deviceOf(path: Path): number | undefined {
  try {
    return lstatSync(toSystemPath(path)).dev;
  } catch {
    return undefined; // The walk reports the error.
  }
}

import type { Path } from '../filesystem/paths.ts';
import { mayContinue, mayDescend } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';

/** The searches in scope in a directory, each with its level below the first of its own paths. */
export type Scope = ReadonlyMap<Plan, number>;

export const NO_SCOPE: Scope = new Map();

/** Returns the searches with a path at or above this directory, one level deeper than in its parent. */
export function enterScope(path: Path, plans: readonly Plan[], parent: Scope): Scope {
  const inScope = plans.filter((plan) => plan.roots.some((root) => isAtOrBelow(path, root)));
  return new Map(inScope.map((plan) => [plan, (parent.get(plan) ?? 0) + 1]));
}

/** Returns the searches in scope that no limit stops. */
export function activePlans(scope: Scope, tally: Tally): Plan[] {
  const active: Plan[] = [];
  for (const [plan, level] of scope) {
    if (mayDescend(plan, level) && mayContinue(plan, tally)) active.push(plan);
  }
  return active;
}

function isAtOrBelow(path: Path, root: Path): boolean {
  return path === root || root === '/' || root === '.' || path.startsWith(`${root}/`);
}

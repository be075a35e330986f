import type { Operation } from '../action.ts';
import type { SweepCheck } from './document.ts';
import { hasSameOperations, type PlanPart } from './plan.ts';

/** An action of a run, as it was signed and launched. */
export interface LaunchedPart {
  part: number;
  operations: readonly Operation[];
}

export interface MatchedPlan {
  /** What the launched actions ask, by part. */
  parts: ReadonlyMap<number, PlanPart>;
  /** Checks that none of these actions answers by the present plan: another version of this software planned them. */
  lost: readonly SweepCheck[];
}

/** Compares the present plan of a run with its launched actions. A part counts only when its operations are the same. */
export function matchPlan(planned: readonly PlanPart[], launched: readonly LaunchedPart[]): MatchedPlan {
  const parts = new Map<number, PlanPart>();
  for (const { part, operations } of launched) {
    const plan = planned[part];
    if (plan !== undefined && hasSameOperations(operations, plan.operations)) parts.set(part, plan);
  }
  const lost = planned.filter((_, part) => !parts.has(part)).flatMap(({ checks }) => checks);
  return { parts, lost: lost.map(({ check }) => check) };
}

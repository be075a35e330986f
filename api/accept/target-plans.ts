import { explainTarget, type TargetSessions } from '../../platform/postgres/queries/targets.ts';

/** Refuses a target that Postgres cannot plan: unknown columns, forbidden ones, types that do not fit. */
export interface TargetPlans {
  check(target: string): Promise<void>;
}

/** As many targets as sweeps and dashboards repeat; each has 2,048 characters at most. */
const MAX_REMEMBERED = 500;
const REMEMBERED_MS = 60_000;

/**
 * Each plan takes a session of its own, some 20 ms of processor in Postgres and here. That a target could be planned is
 * remembered for a minute; should the schema change meanwhile, the action's own run of it is refused.
 */
export function createTargetPlans(sessions: TargetSessions, now: () => number): TargetPlans {
  /** When each was planned, the oldest first. */
  const planned = new Map<string, number>();
  return {
    async check(target) {
      const plannedAt = planned.get(target);
      if (plannedAt !== undefined && Math.abs(now() - plannedAt) < REMEMBERED_MS) return;
      await explainTarget(sessions, target);
      planned.delete(target);
      planned.set(target, now());
      const oldest = planned.keys().next();
      if (planned.size > MAX_REMEMBERED && !oldest.done) planned.delete(oldest.value);
    },
  };
}

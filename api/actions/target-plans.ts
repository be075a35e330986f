import { explainTarget, type TargetSessions } from '../../platform/postgres/queries/targets.ts';

/** Refuses targets that Postgres cannot plan: unknown columns, forbidden ones, types that do not match. */
export interface TargetPlans {
  check(target: string): Promise<void>;
}

/** More than sweeps and dashboards repeat. A target has at most 2,048 characters. */
const MAX_REMEMBERED = 500;
const REMEMBERED_MS = 60_000;

/**
 * A plan costs a session of its own and about 20 ms of processor time in Postgres and here, so a good target is remembered
 * for a minute. If the schema changes meanwhile, the action refuses the target when it resolves it.
 */
export function createTargetPlans(sessions: TargetSessions, now: () => number): TargetPlans {
  /** When each target was planned, oldest first. */
  const planned = new Map<string, number>();
  return {
    async check(target) {
      const plannedAtMs = planned.get(target);
      if (plannedAtMs !== undefined && Math.abs(now() - plannedAtMs) < REMEMBERED_MS) return;
      await explainTarget(sessions, target);
      planned.delete(target);
      planned.set(target, now());
      const [oldest] = planned.keys();
      if (planned.size > MAX_REMEMBERED && oldest !== undefined) planned.delete(oldest);
    },
  };
}

import type { WrittenCheck } from './convert-checks.ts';

export interface Share {
  checks: number;
  translated: number;
  /** How many checks have no level, because the source says none. */
  withoutlevel: number;
  /** How many checks were not translated for a reason, the most frequent first. */
  reasons: readonly { reason: string; checks: number }[];
}

/** Counts what was translated, and why the rest was not. Reasons that differ in what follows a colon count as one. */
export function countReasons(checks: readonly WrittenCheck[]): Share {
  const counts = new Map<string, number>();
  for (const { notchecked } of checks) {
    if (notchecked === undefined) continue;
    const reason = notchecked.split(': ', 1)[0] ?? notchecked;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const reasons = [...counts]
    .map(([reason, count]) => ({ reason, checks: count }))
    .sort((a, b) => b.checks - a.checks || (a.reason < b.reason ? -1 : 1));
  return {
    checks: checks.length,
    translated: checks.filter(({ notchecked }) => notchecked === undefined).length,
    withoutlevel: checks.filter(({ hasLevel }) => !hasLevel).length,
    reasons,
  };
}

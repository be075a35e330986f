import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';
import { networkOf } from '../limits/client-address.ts';

/** The most rows for single refusals in one window: of one caller, and of all callers together. */
export const MAX_PER_CALLER = 5;
export const MAX_PER_MINUTE = 30;
/** The most callers, those with the most refusals, that have a summary row. One row per kind counts the others. */
export const MAX_SUMMARIES = 20;
const MAX_CALLERS = 1_000;

/** The refusals of one window of time: the first ones get rows, the others are counted. */
export interface RefusalWindow {
  /** Returns whether this refusal gets a row of its own; otherwise counts it. */
  admit(entry: AuditEntry): boolean;
  /** Returns the rows that stand for the counted refusals, and starts the next window. */
  summarize(): AuditEntry[];
}

interface Caller {
  summary: AuditEntry;
  refusals: number;
  /** Refusals without a row of their own. */
  counted: number;
}

export function createRefusalWindow({ isProven }: { isProven: boolean }): RefusalWindow {
  const callers = new Map<string, Caller>();
  let rows = 0;
  /** The refusals of callers without a summary of their own. */
  let others = createKindCounts({ isProven });

  return {
    admit(entry) {
      const key = `${entry.kind} ${entry.outcome} ${callerOf(entry)}`;
      const known = callers.get(key);
      const caller = known ?? { summary: summaryOf(entry), refusals: 0, counted: 0 };
      const isTracked = known !== undefined || callers.size < MAX_CALLERS;
      if (isTracked) callers.set(key, caller);
      caller.refusals++;
      if (caller.refusals <= MAX_PER_CALLER && rows < MAX_PER_MINUTE) {
        rows++;
        return true;
      }
      if (isTracked) caller.counted++;
      else others.add(entry, 1);
      return false;
    },
    summarize() {
      const counted = [...callers.values()]
        .filter((caller) => caller.counted > 0)
        .sort((a, b) => b.counted - a.counted);
      for (const { summary, counted: times } of counted.slice(MAX_SUMMARIES)) others.add(summary, times);
      const summaries = counted
        .slice(0, MAX_SUMMARIES)
        .map(({ summary, counted: times }) => ({ ...summary, times }));
      const entries = [...summaries, ...others.entries()];
      callers.clear();
      rows = 0;
      others = createKindCounts({ isProven });
      return entries.map((entry) => ({ ...entry, detail: { issummary: true } }));
    },
  };
}

/** Counts by kind and outcome, for all callers together. */
function createKindCounts({ isProven }: { isProven: boolean }) {
  const counts = new Map<string, { entry: AuditEntry; times: number }>();
  return {
    add({ kind, outcome }: AuditEntry, times: number) {
      const key = `${kind} ${outcome}`;
      const count = counts.get(key) ?? { entry: { kind, outcome, isProven }, times: 0 };
      count.times += times;
      counts.set(key, count);
    },
    entries(): AuditEntry[] {
      return [...counts.values()].map(({ entry, times }) => ({ ...entry, times }));
    },
  };
}

/** The investigator that a signature or a key proved, otherwise the network of the request. */
function callerOf({ isProven, investigatorId, fingerprint, address }: AuditEntry): string {
  if (isProven) return `${investigatorId} ${fingerprint}`;
  return address === undefined ? 'unknown' : networkOf(address);
}

/** The common fields of one caller's refusals. */
function summaryOf({ kind, outcome, isProven, ...entry }: AuditEntry): AuditEntry {
  if (!isProven) return { kind, outcome, isProven, address: entry.address };
  return {
    kind,
    outcome,
    isProven,
    investigatorId: entry.investigatorId,
    fingerprint: entry.fingerprint,
    actor: entry.actor,
  };
}

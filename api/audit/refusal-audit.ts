import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../../platform/postgres/queries/audit.ts';
import { networkOf } from '../limits/client-address.ts';
import { logAudit } from './log-audit.ts';

/** Rows of a minute that stand for one refusal: of one caller, and of all callers of a lane. */
export const MAX_PER_CALLER = 5;
export const MAX_PER_MINUTE = 30;
/** Callers with a summary of their own in a minute, those with most refusals first. One row per kind counts the others. */
export const MAX_SUMMARIES = 20;
const MAX_CALLERS = 1_000;
const WINDOW_MS = 60_000;

/** Records refusals, which anybody can cause: the first ones of a minute each, the others as counts. */
export interface RefusalAudit extends AsyncDisposable {
  /** `claimedFingerprint` is called for a row of its own only: to read a signature takes time. */
  record(entry: AuditEntry, claimedFingerprint?: () => Promise<string | undefined>): void;
}

export function createRefusalAudit({
  pool,
  log,
  windowMs = WINDOW_MS,
}: {
  pool: Pick<Pool, 'query'>;
  log: Logger;
  windowMs?: number;
}): RefusalAudit {
  // No flood of those who are not known hides what an investigator was refused.
  const proven = createLane({ isProven: true });
  const unproven = createLane({ isProven: false });
  let timer: NodeJS.Timeout | undefined;
  const storing = new Set<Promise<void>>();

  const store = async (entries: AuditEntry[]) => {
    if (entries.length === 0) return;
    logAudit(log, entries);
    await recordAudit(pool, entries).catch((error: unknown) =>
      log.error({ error: errorMessage(error) }, 'refusals not recorded'),
    );
  };
  const track = (work: Promise<void>) => {
    const tracked = work.finally(() => storing.delete(tracked));
    storing.add(tracked);
  };
  const endWindow = () => {
    clearTimeout(timer);
    timer = undefined;
    track(store([...proven.takeSummaries(), ...unproven.takeSummaries()]));
  };

  return {
    record(entry, claimedFingerprint) {
      timer ??= setTimeout(endWindow, windowMs).unref();
      const lane = entry.isProven ? proven : unproven;
      if (!lane.takeRow(entry)) return;
      const complete = async () =>
        claimedFingerprint === undefined ? entry : { ...entry, fingerprint: await claimedFingerprint() };
      track(complete().then((row) => store([row])));
    },
    async [Symbol.asyncDispose]() {
      endWindow();
      await Promise.all(storing);
    },
  };
}

interface Count {
  row: AuditEntry;
  seen: number;
  /** Those that got no row of their own. */
  times: number;
}

/** What a window has room for, and the counts of the rest. */
function createLane({ isProven }: { isProven: boolean }) {
  const counts = new Map<string, Count>();
  const others = new Map<string, Count>();
  let rows = 0;
  return {
    /** Whether this refusal gets a row of its own. Otherwise it is counted. */
    takeRow(entry: AuditEntry): boolean {
      const key = `${entry.kind} ${entry.outcome} ${callerOf(entry)}`;
      const known = counts.get(key);
      const count = known ?? { row: summaryOf(entry), seen: 0, times: 0 };
      const hasRoom = known !== undefined || counts.size < MAX_CALLERS;
      if (hasRoom) counts.set(key, count);
      count.seen++;
      if (count.seen <= MAX_PER_CALLER && rows < MAX_PER_MINUTE) {
        rows++;
        return true;
      }
      if (hasRoom) count.times++;
      else addTo(others, { kind: entry.kind, outcome: entry.outcome, isProven }, 1);
      return false;
    },
    takeSummaries(): AuditEntry[] {
      const counted = [...counts.values()].filter(({ times }) => times > 0).sort((a, b) => b.times - a.times);
      for (const { row, times } of counted.slice(MAX_SUMMARIES))
        addTo(others, { kind: row.kind, outcome: row.outcome, isProven }, times);
      const summaries = [...counted.slice(0, MAX_SUMMARIES), ...others.values()].map(({ row, times }) => ({
        ...row,
        times,
        detail: { issummary: true },
      }));
      counts.clear();
      others.clear();
      rows = 0;
      return summaries;
    },
  };
}

/** An investigator where a signature showed him, else the network that it came from. */
function callerOf({ isProven, fingerprint, address }: AuditEntry): string {
  return isProven ? String(fingerprint) : networkOf(address ?? '');
}

/** Of many refusals of one caller: what they have in common. */
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

function addTo(others: Map<string, Count>, row: AuditEntry, times: number): void {
  const key = `${row.kind} ${row.outcome}`;
  const other = others.get(key) ?? { row, seen: 0, times: 0 };
  other.times += times;
  others.set(key, other);
}

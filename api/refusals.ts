import { errorMessage } from '../contract/errors.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../platform/postgres/queries/audit.ts';
import { logAudit } from './audit.ts';
import { networkOf } from './client-address.ts';

/** What one address, and all together, may have recorded one by one in a minute. */
export const MAX_PER_ADDRESS = 5;
export const MAX_PER_MINUTE = 30;
/** Addresses with a summary of their own in a minute, those with most refusals first; one row counts the others. */
export const MAX_SUMMARIES = 20;
const MAX_ADDRESSES = 1_000;
const WINDOW_MS = 60_000;

/** Records refusals, which anybody can cause: the first ones of a minute each, the others as counts. */
export interface RefusalAudit extends AsyncDisposable {
  record(entry: AuditEntry): void;
}

type Summary = Pick<AuditEntry, 'kind' | 'address'> & { seen: number; times: number };

export function createRefusalAudit({
  pool,
  log,
  windowMs = WINDOW_MS,
}: {
  pool: Pool;
  log: Logger;
  windowMs?: number;
}): RefusalAudit {
  const summaries = new Map<string, Summary>();
  let recorded = 0;
  let others = 0;
  let timer: NodeJS.Timeout | undefined;
  const storing = new Set<Promise<void>>();

  const store = (entries: AuditEntry[]) => {
    if (entries.length === 0) return;
    const stored = recordAudit(pool, entries)
      .catch((error: unknown) => log.error({ error: errorMessage(error) }, 'refusals not recorded'))
      .finally(() => storing.delete(stored));
    storing.add(stored);
    logAudit(log, entries);
  };
  const endWindow = () => {
    clearTimeout(timer);
    timer = undefined;
    store(summarise([...summaries.values()], others));
    summaries.clear();
    recorded = 0;
    others = 0;
  };

  return {
    record(entry) {
      timer ??= setTimeout(endWindow, windowMs).unref();
      const key = `${entry.kind} ${networkOf(entry.address ?? '')}`;
      const summary = summaries.get(key) ?? { kind: entry.kind, address: entry.address, seen: 0, times: 0 };
      summary.seen++;
      if (summaries.size < MAX_ADDRESSES) summaries.set(key, summary);
      if (summary.seen <= MAX_PER_ADDRESS && recorded < MAX_PER_MINUTE) {
        recorded++;
        store([entry]);
      } else if (summaries.has(key)) summary.times++;
      else others++;
    },
    async [Symbol.asyncDispose]() {
      endWindow();
      await Promise.all(storing);
    },
  };
}

function summarise(summaries: readonly Summary[], others: number): AuditEntry[] {
  const counted = summaries.filter(({ times }) => times > 0).sort((a, b) => b.times - a.times);
  const shown = counted
    .slice(0, MAX_SUMMARIES)
    .map(({ kind, address, times }) => entryOf(kind, address, times));
  const rest = counted.slice(MAX_SUMMARIES).reduce((sum, { times }) => sum + times, others);
  return rest === 0 ? shown : [...shown, entryOf('login', undefined, rest)];
}

function entryOf(kind: AuditEntry['kind'], address: string | undefined, times: number): AuditEntry {
  return { kind, outcome: 'refused', isProven: false, address, times, detail: { issummary: true } };
}

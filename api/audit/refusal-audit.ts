import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../../platform/postgres/queries/audit.ts';
import { logAudit } from './log-audit.ts';
import { createRefusalWindow } from './refusal-window.ts';

const WINDOW_MS = 60_000;

/** Records refusals, which anybody can cause: the first ones of a minute as rows, all others as counts. */
export interface RefusalAudit extends AsyncDisposable {
  /** Calls `claimedFingerprint` only for a refusal with a row of its own: reading a signature is slow. */
  record(entry: AuditEntry, claimedFingerprint?: () => Promise<string | undefined>): void;
}

interface RefusalAuditOptions {
  pool: Pick<Pool, 'query'>;
  log: Logger;
  windowMs?: number;
}

export function createRefusalAudit({ pool, log, windowMs = WINDOW_MS }: RefusalAuditOptions): RefusalAudit {
  // There are two windows, so that a flood of anonymous requests cannot hide the refusals of an investigator.
  const proven = createRefusalWindow({ isProven: true });
  const unproven = createRefusalWindow({ isProven: false });
  const inFlight = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  const store = async (entries: AuditEntry[]) => {
    if (entries.length === 0) return;
    logAudit(log, entries);
    await recordAudit(pool, entries).catch((error: unknown) =>
      log.error({ error: errorMessage(error) }, 'refusals not recorded'),
    );
  };
  const track = (work: Promise<void>) => {
    const tracked = work.finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
  };
  const endWindow = () => {
    clearTimeout(timer);
    timer = undefined;
    track(store([...proven.summarize(), ...unproven.summarize()]));
  };

  return {
    record(entry, claimedFingerprint) {
      timer ??= setTimeout(endWindow, windowMs).unref();
      const window = entry.isProven ? proven : unproven;
      if (!window.admit(entry)) return;
      track(withClaim(entry, claimedFingerprint).then((row) => store([row])));
    },
    async [Symbol.asyncDispose]() {
      endWindow();
      await Promise.all(inFlight);
    },
  };
}

async function withClaim(
  entry: AuditEntry,
  claimedFingerprint: (() => Promise<string | undefined>) | undefined,
): Promise<AuditEntry> {
  if (claimedFingerprint === undefined) return entry;
  return { ...entry, fingerprint: await claimedFingerprint() };
}

import type { Logger } from '../../platform/log.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';

/** Repeats audit entries in the log: changes after their commit, refusals even when the database is unavailable. */
export function logAudit(log: Logger, entries: readonly AuditEntry[]): void {
  for (const entry of entries) log.info({ audit: entry }, 'audit');
}

import type { Logger } from '../../platform/log.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';

/** Repeats audit entries in the log: changes once they are committed, refusals even when the database is away. */
export function logAudit(log: Logger, entries: readonly AuditEntry[]): void {
  for (const entry of entries) log.info({ audit: entry }, 'audit');
}

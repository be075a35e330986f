import type { Logger } from '../../platform/log.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';

/**
 * The same entries as JSON lines: what was done once it is committed, refusals whether or not the database takes them.
 */
export function logAudit(log: Logger, entries: readonly AuditEntry[]): void {
  for (const entry of entries) log.info({ audit: entry }, 'audit');
}

import { inTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../../platform/postgres/queries/audit.ts';
import type { ApiDeps } from '../context.ts';
import { logAudit } from './log-audit.ts';

/** Makes a change and records its audit entry in one transaction. Logs the entry after the commit. */
export async function auditedChange<T>(
  { pool, log }: Pick<ApiDeps, 'pool' | 'log'>,
  change: (db: Queryable) => Promise<{ result: T; entry: AuditEntry }>,
): Promise<T> {
  const { result, entry } = await inTransaction(pool, async (db) => {
    const changed = await change(db);
    await recordAudit(db, [changed.entry]);
    return changed;
  });
  logAudit(log, [entry]);
  return result;
}

import type { AuditRecord } from '../../contract/audit.ts';
import { waitFor } from '../../dev/wait-for.ts';
import type { Platform } from './platform.ts';

/** Returns rows of the audit trail, oldest first. */
export async function auditRows(
  platform: Platform,
  where: string,
  values: unknown[] = [],
): Promise<AuditRecord[]> {
  return (await platform.pool.query(`SELECT * FROM audit WHERE ${where} ORDER BY id`, values)).rows;
}

/** Waits until there are at least `count` rows. */
export function waitForRows(read: () => Promise<AuditRecord[]>, count: number): Promise<AuditRecord[]> {
  return waitFor(
    'rows of the audit trail',
    async () => {
      const rows = await read();
      return rows.length >= count ? rows : undefined;
    },
    { timeoutMs: 60_000 },
  );
}

import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { requireSweepRow, type SweepKey } from './load-sweep.ts';

/** The sweep that a change is about, also in the audit trail; throws `not_found`, or `conflict` when it was deleted. */
export async function requireSweepOf(
  { pool }: ApiDeps,
  c: Context<ApiEnv>,
  key: SweepKey,
): Promise<SweepRow> {
  const row = await requireSweepRow(pool, key);
  const audit = c.get('audit');
  if (audit) c.set('audit', { ...audit, objectId: row.id });
  if (row.deletedat !== null) throw new MigError('conflict', 'the sweep was deleted');
  return row;
}

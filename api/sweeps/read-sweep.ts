import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { MAX_SWEEP_BYTES } from '../../contract/sweep/document.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { readForm } from '../http/read-request.ts';
import { requireSweepRow } from './load-sweep.ts';

/** Urlencoding triples all bytes that are not letters. */
export const MAX_FORM_BYTES = 3 * MAX_SWEEP_BYTES + 64 * 1024;

/** Finds the sweep that a form names; throws `not_found`, or `conflict` when it was deleted. */
export async function readSweep(
  { pool }: ApiDeps,
  c: Context<ApiEnv>,
): Promise<{ row: SweepRow; form: Map<string, string> }> {
  const form = readForm(c, MAX_FORM_BYTES);
  const row = await requireSweepRow(pool, { sweepid: form.get('sweepid'), name: form.get('name') });
  const audit = c.get('audit');
  if (audit) c.set('audit', { ...audit, objectId: row.id });
  if (row.deletedat !== null) throw new MigError('conflict', 'the sweep was deleted');
  return { row, form };
}

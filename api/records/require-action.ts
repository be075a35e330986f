import { MigError } from '../../contract/errors.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { type ActionRow, actionById } from '../../platform/postgres/queries/actions/actions.ts';

/** Loads an action; throws `not_found`. */
export async function requireAction(pool: Pool, id: number): Promise<ActionRow> {
  const row = await actionById(pool, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  return row;
}

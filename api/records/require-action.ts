import { MigError } from '../../contract/errors.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { type ActionRow, actionById } from '../../platform/postgres/queries/actions/actions.ts';

/** Loads an action; throws `not_found`. */
export async function requireAction(db: Queryable, id: number): Promise<ActionRow> {
  const row = await actionById(db, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  return row;
}

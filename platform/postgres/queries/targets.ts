import { MigError } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

const QUERY_CANCELED = '57014';

/** Lets Postgres plan the target with the rights of migreadonly, which finds unknown columns and forbidden ones. */
export async function explainTarget(db: Queryable, target: string): Promise<void> {
  try {
    await db.query('SELECT mig_explain($1)', [target]);
  } catch (error) {
    throw targetError(error);
  }
}

/** A target's failure in the platform's words: it ran too long, or Postgres refused it. */
export function targetError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || /^(08|40|53|55|57P|58|XX)/.test(code))
    return error;
  if (code === QUERY_CANCELED)
    return new MigError('target_timeout', 'target: ran too long', { cause: error });
  return new MigError('target_failed', `target: ${(error as Error).message}`, { cause: error });
}

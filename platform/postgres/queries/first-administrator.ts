import { MigError } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

export interface Administrator {
  id: number;
  name: string;
  pgpfingerprint: string;
}

const LOCK_TIMEOUT = '10s';
/** What Postgres says to a role that does not own the table, and where there is none. */
const PROBLEMS: Record<string, string> = {
  '42501': 'the role of MIG_POSTGRES_URL must be the owner of the database, migadmin, as for npm run migrate',
  '42P01': 'the database has no tables yet: npm run migrate makes them',
  '55P03': 'another change of the administrators is in progress: try again',
};

/**
 * Locks the list of administrators until the transaction ends, and returns an active one, if there is one: the owner of
 * this key before all others, then the first. Whoever makes the first administrator, or takes one away, holds this lock.
 */
export async function lockAdministrators(
  db: Queryable,
  fingerprint: string,
): Promise<Administrator | undefined> {
  try {
    await db.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await db.query(
      `SELECT
       FROM administration
       WHERE id = 1
       FOR UPDATE`,
    );
  } catch (cause) {
    const problem = PROBLEMS[String((cause as { code?: unknown }).code)];
    if (problem === undefined) throw cause;
    throw new MigError('config_invalid', problem, { cause });
  }
  const { rows } = await db.query<Administrator>(
    `SELECT id, name, pgpfingerprint
     FROM investigators
     WHERE isadministrator
     ORDER BY pgpfingerprint IS NOT DISTINCT FROM $1 DESC, id
     LIMIT 1`,
    [fingerprint],
  );
  return rows[0];
}

import { MigError } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

export interface InvestigatorRow {
  id: number;
  name: string;
  pgpfingerprint: string;
  publickey: Buffer | null;
  status: string;
  createdat: string;
  lastmodified: string;
  permissions: number;
  hasapikey?: boolean;
}

export const INVESTIGATOR_COLUMNS =
  'id, name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions';

export async function activeInvestigators(db: Queryable): Promise<InvestigatorRow[]> {
  const text = `SELECT ${INVESTIGATOR_COLUMNS} FROM investigators WHERE status = 'active' AND publickey IS NOT NULL ORDER BY id`;
  const { rows } = await db.query({ name: 'active investigators', text });
  return rows;
}

export async function investigatorById(db: Queryable, id: number): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query(
    `SELECT ${INVESTIGATOR_COLUMNS}, apikey IS NOT NULL AS hasapikey FROM investigators WHERE id = $1`,
    [id],
  );
  return rows[0];
}

export async function investigatorByFingerprint(
  db: Queryable,
  fingerprint: string,
): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query(
    `SELECT ${INVESTIGATOR_COLUMNS} FROM investigators WHERE pgpfingerprint = upper($1)`,
    [fingerprint],
  );
  return rows[0];
}

/** The investigators whose signatures an action carries, by action id. */
export async function investigatorsOfActions(
  db: Queryable,
  actionIds: readonly number[],
): Promise<Map<number, InvestigatorRow[]>> {
  const { rows } = await db.query(
    `SELECT s.actionid, i.id, i.name, i.pgpfingerprint, NULL::bytea AS publickey, i.status, i.createdat, i.lastmodified,
       i.permissions
     FROM signatures s JOIN investigators i ON i.id = s.investigatorid WHERE s.actionid = ANY($1::numeric[]) ORDER BY i.id`,
    [actionIds],
  );
  const byAction = new Map<number, InvestigatorRow[]>();
  for (const { actionid, ...row } of rows) {
    byAction.set(actionid, [...(byAction.get(actionid) ?? []), row]);
  }
  return byAction;
}

/** Undefined when the fingerprint is taken. */
export async function createInvestigator(
  db: Queryable,
  row: { name: string; fingerprint: string | null; publickey: string | null; permissions: number },
): Promise<number | undefined> {
  const { rows } = await db.query(
    `INSERT INTO investigators (name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
     VALUES ($1, upper($2), convert_to($3, 'UTF8'), 'active', now(), now(), $4)
     ON CONFLICT (pgpfingerprint) DO NOTHING RETURNING id`,
    [row.name, row.fingerprint, row.publickey, row.permissions],
  );
  return rows[0]?.id;
}

/**
 * Changes what is given and returns what was before; undefined when there is no such investigator. The database refuses to lose the last administrator
 * (migrations: one_administrator_remains), and two changes at once take turns there.
 */
export async function updateInvestigator(
  db: Queryable,
  id: number,
  change: { status: string | undefined; permissions: number | undefined },
): Promise<
  Pick<InvestigatorRow, 'name' | 'pgpfingerprint' | 'publickey' | 'status' | 'permissions'> | undefined
> {
  try {
    const { rows } = await db.query(
      `WITH old AS (
         SELECT id, name, pgpfingerprint, publickey, status, permissions
         FROM investigators
         WHERE id = $1
         FOR NO KEY UPDATE
       )
       UPDATE investigators i
       SET status = coalesce($2, i.status),
         permissions = coalesce($3::bigint, i.permissions),
         lastmodified = now()
       FROM old
       WHERE i.id = old.id
       RETURNING old.name, old.pgpfingerprint, old.publickey, old.status, old.permissions`,
      [id, change.status ?? null, change.permissions ?? null],
    );
    return rows[0];
  } catch (error) {
    if ((error as { constraint?: unknown }).constraint !== 'one_administrator_remains') throw error;
    throw new MigError('conflict', `Failed to update investigator: 'will not remove last admin'`, {
      cause: error,
    });
  }
}

/** Puts a newer copy of a key in the place of the stored one; false when that is another one by now. */
export async function renewStoredKey(
  db: Queryable,
  id: number,
  { stored, renewed }: { stored: Buffer; renewed: string },
): Promise<boolean> {
  const { rows } = await db.query(`SELECT renew_public_key($1, $2, convert_to($3, 'UTF8')) AS isdone`, [
    id,
    stored,
    renewed,
  ]);
  return rows[0]?.isdone === true;
}

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

/** An investigator who sends a request: one without a public key has an API key, and never signs. */
export interface CallerRow extends Omit<InvestigatorRow, 'pgpfingerprint'> {
  pgpfingerprint: string | null;
}

/** The columns of `InvestigatorRow` in the table `investigators`. */
export const INVESTIGATOR_COLUMNS = `
  id,
  name,
  pgpfingerprint,
  publickey,
  status,
  createdat,
  lastmodified,
  permissions`;

/** The investigator of a verified signature's key, among those whose keys verified it. */
export function requireSigner(
  investigators: readonly InvestigatorRow[],
  fingerprint: string | undefined,
): InvestigatorRow {
  const signer = investigators.find(({ pgpfingerprint }) => pgpfingerprint === fingerprint);
  if (!signer) throw new MigError('internal', 'a verified signature has no investigator');
  return signer;
}

export async function activeInvestigators(db: Queryable): Promise<InvestigatorRow[]> {
  const { rows } = await db.query<InvestigatorRow>({
    name: 'active investigators',
    text: `SELECT ${INVESTIGATOR_COLUMNS}
     FROM investigators
     WHERE status = 'active' AND publickey IS NOT NULL
     ORDER BY id`,
  });
  return rows;
}

/** The permissions of the active investigators, also of those without a public key. */
export async function activePermissions(
  db: Queryable,
): Promise<Pick<InvestigatorRow, 'id' | 'permissions'>[]> {
  const { rows } = await db.query<Pick<InvestigatorRow, 'id' | 'permissions'>>({
    name: 'active permissions',
    text: `SELECT id, permissions
     FROM investigators
     WHERE status = 'active'`,
  });
  return rows;
}

export async function investigatorById(db: Queryable, id: number): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query<InvestigatorRow>(
    `SELECT ${INVESTIGATOR_COLUMNS},
       apikey IS NOT NULL AS hasapikey
     FROM investigators
     WHERE id = $1`,
    [id],
  );
  return rows[0];
}

export async function investigatorByFingerprint(
  db: Queryable,
  fingerprint: string,
): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query<InvestigatorRow>(
    `SELECT ${INVESTIGATOR_COLUMNS}
     FROM investigators
     WHERE pgpfingerprint = upper($1)`,
    [fingerprint],
  );
  return rows[0];
}

/** The investigators who signed each action, without their keys, by action id. */
export async function investigatorsOfActions(
  db: Queryable,
  actionIds: readonly number[],
): Promise<Map<number, InvestigatorRow[]>> {
  const { rows } = await db.query<InvestigatorRow & { actionid: number }>(
    `SELECT
       s.actionid,
       i.id,
       i.name,
       i.pgpfingerprint,
       NULL::bytea AS publickey,
       i.status,
       i.createdat,
       i.lastmodified,
       i.permissions
     FROM signatures s
     JOIN investigators i ON i.id = s.investigatorid
     WHERE s.actionid = ANY($1::numeric[])
     ORDER BY i.id`,
    [actionIds],
  );
  const byAction = new Map<number, InvestigatorRow[]>();
  for (const { actionid, ...row } of rows) {
    byAction.set(actionid, [...(byAction.get(actionid) ?? []), row]);
  }
  return byAction;
}

/** Returns the new id; undefined when another investigator has the fingerprint. */
export async function createInvestigator(
  db: Queryable,
  row: { name: string; fingerprint: string | null; publickey: string | null; permissions: number },
): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `INSERT INTO investigators (
       name,
       pgpfingerprint,
       publickey,
       status,
       createdat,
       lastmodified,
       permissions
     )
     VALUES ($1, upper($2), convert_to($3, 'UTF8'), 'active', now(), now(), $4)
     ON CONFLICT (pgpfingerprint) DO NOTHING
     RETURNING id`,
    [row.name, row.fingerprint, row.publickey, row.permissions],
  );
  return rows[0]?.id;
}

type ChangedInvestigator = Pick<
  InvestigatorRow,
  'name' | 'pgpfingerprint' | 'publickey' | 'status' | 'permissions'
>;

/**
 * Changes the defined fields, and returns the row as it was; undefined when there is no such investigator. The database
 * refuses to lose the last administrator (migrations: one_administrator_remains), and serializes changes.
 */
export async function updateInvestigator(
  db: Queryable,
  id: number,
  change: { status: string | undefined; permissions: number | undefined },
): Promise<ChangedInvestigator | undefined> {
  try {
    const { rows } = await db.query<ChangedInvestigator>(
      `WITH old AS (
         SELECT id, name, pgpfingerprint, publickey, status, permissions
         FROM investigators
         WHERE id = $1
         FOR NO KEY UPDATE
       )
       UPDATE investigators i
       SET
         status = coalesce($2, i.status),
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

/** Replaces the stored key by a newer copy; false when another change of the key came first. */
export async function renewStoredKey(
  db: Queryable,
  id: number,
  { stored, renewed }: { stored: Buffer; renewed: string },
): Promise<boolean> {
  const { rows } = await db.query<{ isRenewed: boolean }>(
    `SELECT renew_public_key($1, $2, convert_to($3, 'UTF8')) AS "isRenewed"`,
    [id, stored, renewed],
  );
  return rows[0]?.isRenewed === true;
}

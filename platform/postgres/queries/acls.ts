import type { Queryable } from '../pool.ts';

/** An ACL as an administrator published it. `document` is text, byte for byte. */
export interface AclRow {
  version: number;
  document: string;
  signature: string;
  publishedat: string;
  /** Of the administrator. */
  name: string;
  fingerprint: string;
}

/** The newest version; undefined when none was published. */
export async function newestAcl(db: Queryable): Promise<AclRow | undefined> {
  const { rows } = await db.query<AclRow>({
    name: 'newest acl',
    text: `SELECT
       a.version,
       a.document,
       a.signature,
       a.publishedat,
       i.name,
       i.pgpfingerprint AS fingerprint
     FROM acls a
     JOIN investigators i ON i.id = a.publishedby
     ORDER BY a.version DESC
     LIMIT 1`,
  });
  return rows[0];
}

/** Stores the version after the newest; false when it is not the next one. */
export async function insertAcl(
  db: Queryable,
  acl: Pick<AclRow, 'version' | 'document' | 'signature'> & { publishedby: number },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO acls (
       version,
       document,
       signature,
       publishedby
     )
     SELECT $1, $2, $3, $4
     WHERE $1 = (SELECT coalesce(max(version), 0) + 1 FROM acls)
     ON CONFLICT (version) DO NOTHING`,
    [acl.version, acl.document, acl.signature, acl.publishedby],
  );
  return rowCount === 1;
}

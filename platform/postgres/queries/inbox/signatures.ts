import type { Queryable } from '../../pool.ts';

/** A signature of an action in the inbox, with its signer as he is now. */
export interface InboxSignatureRow {
  inboxid: number;
  investigatorid: number;
  signature: string;
  signedat: string;
  name: string;
  fingerprint: string;
  /** Whether the signer is active and has a key. */
  counts: boolean;
}

/** Adds a signature; false when the investigator has signed the entry before. */
export async function addInboxSignature(
  db: Queryable,
  { inboxid, investigatorid, signature }: Pick<InboxSignatureRow, 'inboxid' | 'investigatorid' | 'signature'>,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `INSERT INTO inbox_signatures (
       inboxid,
       investigatorid,
       signature
     )
     VALUES ($1, $2, $3)
     ON CONFLICT (inboxid, investigatorid) DO NOTHING`,
    [inboxid, investigatorid, signature],
  );
  return rowCount === 1;
}

/** The signatures of entries, in the order in which they came. */
export async function inboxSignatures(
  db: Queryable,
  inboxids: readonly number[],
): Promise<InboxSignatureRow[]> {
  const { rows } = await db.query<InboxSignatureRow>(
    `SELECT
       s.inboxid,
       s.investigatorid,
       s.signature,
       s.signedat,
       i.name,
       i.pgpfingerprint AS fingerprint,
       i.status = 'active' AND i.publickey IS NOT NULL AS counts
     FROM inbox_signatures s
     JOIN investigators i ON i.id = s.investigatorid
     WHERE s.inboxid = ANY($1::numeric[])
     ORDER BY s.signedat, i.id`,
    [inboxids],
  );
  return rows;
}

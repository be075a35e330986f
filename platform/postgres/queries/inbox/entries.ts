import type { InboxEnd, InboxState } from '../../../../contract/inbox/entry.ts';
import type { Queryable } from '../../pool.ts';
import { readRow } from '../../read-row.ts';

/** An action in the inbox, without its text. `note` is text, byte for byte. */
export interface InboxRow {
  id: number;
  /** In hexadecimal digits. */
  digest: string;
  name: string;
  target: string;
  modules: string[];
  validfrom: string;
  expireafter: string;
  note: string;
  notesignature: string;
  submittedby: number;
  submittedat: string;
  /** Of the submitter. */
  submittername: string;
  submitterfingerprint: string;
  state: InboxState;
  actionid: number | null;
  reason: string | null;
  /** Of whoever ended it. */
  endername: string | null;
  enderfingerprint: string | null;
  endedat: string | null;
}

/** With the text of the action. */
export interface WholeInboxRow extends InboxRow {
  /** JSON, without signatures. */
  action: string;
}

const STATE = `CASE WHEN e.state = 'waiting' AND e.expireafter < now() THEN 'expired' ELSE e.state END`;

const COLUMNS = `
       e.id,
       encode(e.digest, 'hex') AS digest,
       e.name,
       e.target,
       e.modules,
       e.validfrom,
       e.expireafter,
       e.note,
       e.notesignature,
       e.submittedby,
       e.submittedat,
       s.name AS submittername,
       s.pgpfingerprint AS submitterfingerprint,
       ${STATE} AS state,
       e.actionid,
       e.reason,
       x.name AS endername,
       x.pgpfingerprint AS enderfingerprint,
       e.endedat`;

const TABLES = `inbox e
     JOIN investigators s ON s.id = e.submittedby
     LEFT JOIN investigators x ON x.id = e.endedby`;

export type NewEntry = Pick<
  WholeInboxRow,
  | 'action'
  | 'digest'
  | 'name'
  | 'target'
  | 'modules'
  | 'validfrom'
  | 'expireafter'
  | 'note'
  | 'notesignature'
  | 'submittedby'
>;

/** Returns the id; undefined when the signed text came into the inbox before. */
export async function insertEntry(db: Queryable, entry: NewEntry): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `WITH inserted AS (
       INSERT INTO inbox (
         action,
         digest,
         name,
         target,
         modules,
         validfrom,
         expireafter,
         note,
         notesignature,
         submittedby
       )
       VALUES ($1, decode($2, 'hex'), $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (digest) DO NOTHING
       RETURNING id, name, expireafter
     ), event AS (
       INSERT INTO events (kind, detail)
       SELECT
         'inbox.waiting',
         jsonb_build_object('inboxid', id, 'name', name, 'until', expireafter)
       FROM inserted
     )
     SELECT id
     FROM inserted`,
    [
      entry.action,
      entry.digest,
      entry.name,
      entry.target,
      entry.modules,
      entry.validfrom,
      entry.expireafter,
      entry.note,
      entry.notesignature,
      entry.submittedby,
    ],
  );
  return rows[0]?.id;
}

export async function entryById(db: Queryable, id: number): Promise<WholeInboxRow | undefined> {
  const { rows } = await db.query<WholeInboxRow>(
    `SELECT ${COLUMNS},
       e.action
     FROM ${TABLES}
     WHERE e.id = $1`,
    [id],
  );
  return rows[0];
}

/** As `entryById`, and locks the entry until the transaction ends. */
export async function lockEntry(db: Queryable, id: number): Promise<WholeInboxRow | undefined> {
  const { rows } = await db.query<WholeInboxRow>(
    `SELECT ${COLUMNS},
       e.action
     FROM ${TABLES}
     WHERE e.id = $1
     FOR NO KEY UPDATE OF e`,
    [id],
  );
  return rows[0];
}

/** Locks and returns the entry of a signed text; undefined when it was never in the inbox. */
export async function lockEntryOfText(
  db: Queryable,
  digest: string,
): Promise<Pick<InboxRow, 'id' | 'state' | 'note'> | undefined> {
  const { rows } = await db.query<Pick<InboxRow, 'id' | 'state' | 'note'>>({
    name: 'inbox entry of text',
    text: `SELECT e.id, e.state, e.note
     FROM inbox e
     WHERE e.digest = decode($1, 'hex')
     FOR NO KEY UPDATE OF e`,
    values: [digest],
  });
  return rows[0];
}

/** The entry that ended with the launch of an action; undefined for an action that never waited in the inbox. */
export async function entryOfAction(
  db: Queryable,
  { actionId, digest }: { actionId: number; digest: string },
): Promise<Pick<InboxRow, 'id' | 'note'> | undefined> {
  const { rows } = await db.query<Pick<InboxRow, 'id' | 'note'>>(
    `SELECT id, note
     FROM inbox
     WHERE digest = decode($2, 'hex') AND actionid = $1`,
    [actionId, digest],
  );
  return rows[0];
}

/** A page of entries: those that wait by their end, soonest first; all others newest first. */
export async function listEntries(
  db: Queryable,
  { state, limit, offset }: { state: InboxState; limit: number; offset: number },
): Promise<InboxRow[]> {
  const order = state === 'waiting' ? 'e.expireafter, e.id' : 'e.id DESC';
  const { rows } = await db.query<InboxRow>(
    `SELECT ${COLUMNS}
     FROM ${TABLES}
     WHERE e.state = CASE WHEN $1 = 'expired' THEN 'waiting' ELSE $1 END
       AND ($1 NOT IN ('waiting', 'expired') OR (e.expireafter < now()) = ($1 = 'expired'))
     ORDER BY ${order}
     LIMIT $2
     OFFSET $3`,
    [state, limit, offset],
  );
  return rows;
}

/** Ends an entry that waits, in the transaction that locked it. */
export async function endEntry(
  db: Queryable,
  end: { id: number; state: InboxEnd; endedby: number; actionid?: number; reason?: string },
): Promise<void> {
  await db.query(
    `WITH ended AS (
       UPDATE inbox
       SET
         state = $2,
         endedby = $3,
         endedat = now(),
         actionid = $4,
         reason = $5
       WHERE id = $1
       RETURNING id, name, state, actionid
     )
     INSERT INTO events (kind, detail)
     SELECT
       'inbox.' || state,
       jsonb_build_object('inboxid', id, 'name', name, 'actionid', actionid)
     FROM ended`,
    [end.id, end.state, end.endedby, end.actionid ?? null, end.reason ?? null],
  );
}

/** How many entries of an investigator wait, and how many were submitted within a day. */
export async function countEntriesOf(
  db: Queryable,
  investigatorId: number,
): Promise<{ waiting: number; today: number }> {
  return readRow<{ waiting: number; today: number }>(db, {
    text: `SELECT
       count(*) FILTER (WHERE state = 'waiting' AND expireafter >= now()) AS waiting,
       count(*) FILTER (WHERE submittedat > now() - interval '1 day') AS today
     FROM inbox
     WHERE submittedby = $1
       AND (state = 'waiting' OR submittedat > now() - interval '1 day')`,
    values: [investigatorId],
  });
}

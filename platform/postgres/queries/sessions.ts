import type { Queryable } from '../pool.ts';
import { readRow } from '../read-row.ts';
import { INVESTIGATOR_COLUMNS, type InvestigatorRow } from './investigators.ts';

/** Each insert deletes a few expired rows, so the tables need no periodic cleaning. */
const EXPIRED_PER_INSERT = 4;

/** Opens a session, and ends the investigator's oldest ones beyond the limit. Returns the expiry time. */
export async function insertSession(
  db: Queryable,
  session: { digest: Buffer; investigatorId: number; durationMs: number; maxPerInvestigator: number },
): Promise<string> {
  const { expiresat } = await readRow<{ expiresat: string }>(db, {
    text: `WITH ended AS (
       DELETE FROM sessions
       WHERE digest IN (
         SELECT digest
         FROM sessions
         WHERE investigatorid = $2
         ORDER BY createdat DESC
         OFFSET $4 - 1
         FOR UPDATE SKIP LOCKED
       )
     ), expired AS (
       DELETE FROM sessions
       WHERE digest IN (
         SELECT digest
         FROM sessions
         WHERE expiresat <= now() AND investigatorid <> $2
         ORDER BY expiresat
         LIMIT ${EXPIRED_PER_INSERT}
         FOR UPDATE SKIP LOCKED
       )
     )
     INSERT INTO sessions (digest, investigatorid, expiresat)
     VALUES ($1, $2, now() + $3 * interval '1 millisecond')
     RETURNING expiresat`,
    values: [session.digest, session.investigatorId, session.durationMs, session.maxPerInvestigator],
  });
  return expiresat;
}

/** The active investigator of an open session; undefined when there is none. */
export async function investigatorOfSession(
  db: Queryable,
  digest: Buffer,
): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query<InvestigatorRow>({
    name: 'investigator of session',
    text: `SELECT ${INVESTIGATOR_COLUMNS}
     FROM investigators
     WHERE status = 'active'
       AND id = (
         SELECT investigatorid
         FROM sessions
         WHERE digest = $1 AND expiresat > now()
       )`,
    values: [digest],
  });
  return rows[0];
}

export async function deleteSession(db: Queryable, digest: Buffer): Promise<void> {
  await db.query(
    `DELETE FROM sessions
     WHERE digest = $1`,
    [digest],
  );
}

/** Binds a token to the request that brought it; false when another request used it first. */
export async function bindToken(
  db: Queryable,
  { token, request, expiresMs }: { token: Buffer; request: Buffer; expiresMs: number },
): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'bind token',
    text: `WITH expired AS (
       DELETE FROM boundtokens
       WHERE token IN (
         SELECT token
         FROM boundtokens
         WHERE expiresat <= now()
         ORDER BY expiresat
         LIMIT ${EXPIRED_PER_INSERT}
         FOR UPDATE SKIP LOCKED
       )
     )
     INSERT INTO boundtokens (token, request, expiresat)
     VALUES ($1, $2, to_timestamp($3::float8 / 1000))
     ON CONFLICT (token) DO NOTHING`,
    values: [token, request, expiresMs],
  });
  if (rowCount === 1) return true;
  const { rows } = await db.query<{ request: Buffer }>(
    `SELECT request
     FROM boundtokens
     WHERE token = $1`,
    [token],
  );
  return rows[0]?.request.equals(request) === true;
}

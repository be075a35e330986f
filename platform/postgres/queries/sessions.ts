import type { Queryable } from '../pool.ts';
import { INVESTIGATOR_COLUMNS, type InvestigatorRow } from './investigators.ts';

/** Of each kind, what is over is removed a few at a time by those who add: what grows pays for what goes. */
const REMOVED_AT_ONCE = 4;

/** Opens a session; the oldest ones of an investigator who has too many end. Returns when it expires. */
export async function insertSession(
  db: Queryable,
  session: { digest: Buffer; investigatorId: number; durationMs: number; maxPerInvestigator: number },
): Promise<string> {
  const { rows } = await db.query(
    `WITH ended AS (
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
         LIMIT ${REMOVED_AT_ONCE}
         FOR UPDATE SKIP LOCKED
       )
     )
     INSERT INTO sessions (digest, investigatorid, expiresat)
     VALUES ($1, $2, now() + $3 * interval '1 millisecond')
     RETURNING expiresat`,
    [session.digest, session.investigatorId, session.durationMs, session.maxPerInvestigator],
  );
  return rows[0].expiresat;
}

/** The investigator of a session, as the database has it now; undefined when either is over. */
export async function investigatorOfSession(
  db: Queryable,
  digest: Buffer,
): Promise<InvestigatorRow | undefined> {
  const { rows } = await db.query({
    name: 'investigator of session',
    text: `SELECT ${INVESTIGATOR_COLUMNS}
     FROM investigators
     WHERE status = 'active'
       AND id = (SELECT investigatorid FROM sessions WHERE digest = $1 AND expiresat > now())`,
    values: [digest],
  });
  return rows[0];
}

export async function deleteSession(db: Queryable, digest: Buffer): Promise<void> {
  await db.query('DELETE FROM sessions WHERE digest = $1', [digest]);
}

/** Binds a token to the request that it came with; false when another request had it first. */
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
         LIMIT ${REMOVED_AT_ONCE}
         FOR UPDATE SKIP LOCKED
       )
     )
     INSERT INTO boundtokens (token, request, expiresat)
     VALUES ($1, $2, to_timestamp($3::float8 / 1000))
     ON CONFLICT (token) DO NOTHING`,
    values: [token, request, expiresMs],
  });
  if (rowCount === 1) return true;
  const { rows } = await db.query('SELECT request FROM boundtokens WHERE token = $1', [token]);
  return rows[0]?.request.equals(request) === true;
}

import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { MigError } from '../contract/errors.ts';
import type { InvestigatorRow } from '../platform/postgres/queries/investigators.ts';
import {
  deleteSession,
  insertSession,
  investigatorOfSession,
} from '../platform/postgres/queries/sessions.ts';
import type { ApiDeps } from './context.ts';

const TOKEN_BYTES = 32;
/** `mig-session-` lets scanners for leaked secrets know one when they see it. */
const BEARER = /^Bearer (mig-session-[A-Za-z0-9_-]{43})$/;
const MAX_PER_INVESTIGATOR = 100;

/** Opens a session for an investigator. Its token is told once and stored as a digest only. */
export async function openSession(
  { pool, config }: ApiDeps,
  investigator: InvestigatorRow,
): Promise<{ token: string; expiresat: string }> {
  const token = `mig-session-${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const expiresat = await insertSession(pool, {
    digest: digestOf(token),
    investigatorId: investigator.id,
    durationMs: config.sessionMs,
    maxPerInvestigator: MAX_PER_INVESTIGATOR,
  });
  return { token, expiresat };
}

export async function closeSession({ pool }: ApiDeps, token: string): Promise<void> {
  await deleteSession(pool, digestOf(token));
}

/** The session's token; undefined when the request carries none of the right form. */
export function readBearer(c: Context): string | undefined {
  return BEARER.exec(c.req.header('Authorization') ?? '')?.[1];
}

/** Who opened the session, with the rights of this moment. */
export async function investigatorOfBearer(
  { pool, config, admission }: ApiDeps,
  token: string,
): Promise<InvestigatorRow> {
  const investigator =
    config.sessionMs === 0
      ? undefined
      : await admission.sessions.run(() => investigatorOfSession(pool, digestOf(token)));
  if (investigator) return investigator;
  throw new MigError('unauthorized', 'the session is over, or there never was one');
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

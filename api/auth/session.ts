import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { SessionView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import {
  deleteSession,
  insertSession,
  investigatorOfSession,
} from '../../platform/postgres/queries/sessions.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';

const TOKEN_BYTES = 32;
/** The prefix `mig-session-` lets scanners for leaked secrets recognize a session. */
const BEARER = /^Bearer (mig-session-[A-Za-z0-9_-]{43})$/;
const MAX_PER_INVESTIGATOR = 100;

/** Opens a session. Its token is returned once and stored only as a digest. */
export async function openSession(deps: ApiDeps, caller: AuditCaller): Promise<SessionView> {
  const token = `mig-session-${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const expiresat = await auditedChange(deps, async (db) => ({
    entry: { ...caller, kind: 'session_opened', outcome: 'done' },
    result: await insertSession(db, {
      digest: digestOf(token),
      investigatorId: caller.investigatorId,
      durationMs: deps.config.sessionMs,
      maxPerInvestigator: MAX_PER_INVESTIGATOR,
    }),
  }));
  return { token, expiresat };
}

export async function closeSession(deps: ApiDeps, caller: AuditCaller, token: string): Promise<void> {
  await auditedChange(deps, async (db) => ({
    entry: { ...caller, kind: 'session_closed', outcome: 'done' },
    result: await deleteSession(db, digestOf(token)),
  }));
}

/** Admits requests of an open session. */
export function requireSession(deps: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('investigator', await investigatorOfBearer(deps, requireBearer(c)));
    await next();
  });
}

/** The session's token; throws `unauthorized` when the request has none. */
export function requireBearer(c: Context): string {
  const token = readBearer(c);
  if (token === undefined) throw new MigError('unauthorized', 'Authorization: no session');
  return token;
}

/** The session's token; undefined when the request has none of the right form. */
export function readBearer(c: Context): string | undefined {
  return BEARER.exec(c.req.header('Authorization') ?? '')?.[1];
}

/** Returns the investigator who opened the session, with the present permissions. */
export async function investigatorOfBearer(
  { pool, config, admission }: ApiDeps,
  token: string,
): Promise<InvestigatorRow> {
  const investigator =
    config.sessionMs === 0
      ? undefined
      : await admission.sessions.run(() => investigatorOfSession(pool, digestOf(token)));
  if (investigator) return investigator;
  throw new MigError('unauthorized', 'no such session, or it has ended');
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

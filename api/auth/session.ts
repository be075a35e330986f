import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import {
  deleteSession,
  insertSession,
  investigatorOfSession,
} from '../../platform/postgres/queries/sessions.ts';
import type { AuditCaller } from '../audit/audit-request.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { ApiDeps } from '../context.ts';

const TOKEN_BYTES = 32;
/** `mig-session-` lets scanners for leaked secrets know one when they see it. */
const BEARER = /^Bearer (mig-session-[A-Za-z0-9_-]{43})$/;
const MAX_PER_INVESTIGATOR = 100;

/** Opens a session for an investigator. Its token is told once and stored as a digest only. */
export async function openSession(
  { pool, config, log }: ApiDeps,
  caller: AuditCaller,
): Promise<{ token: string; expiresat: string }> {
  const token = `mig-session-${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const audit = { ...caller, kind: 'session_opened', outcome: 'done' } as const;
  const expiresat = await inTransaction(pool, async (db) => {
    await recordAudit(db, [audit]);
    return insertSession(db, {
      digest: digestOf(token),
      investigatorId: caller.investigatorId,
      durationMs: config.sessionMs,
      maxPerInvestigator: MAX_PER_INVESTIGATOR,
    });
  });
  logAudit(log, [audit]);
  return { token, expiresat };
}

export async function closeSession(
  { pool, log }: ApiDeps,
  caller: AuditCaller,
  token: string,
): Promise<void> {
  const audit = { ...caller, kind: 'session_closed', outcome: 'done' } as const;
  await inTransaction(pool, async (db) => {
    await recordAudit(db, [audit]);
    await deleteSession(db, digestOf(token));
  });
  logAudit(log, [audit]);
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

import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AuditKind } from '../../contract/audit.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import { signatureIssuer } from '../../platform/openpgp/verify.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { clientAddress } from '../limits/client-address.ts';

/** Who asks, from where, in which request: the part of an entry that every request of an investigator has. */
export interface AuditCaller {
  isProven: true;
  investigatorId: number;
  fingerprint: string;
  actor: string;
  address: string;
  requestId: string;
}

export function auditCaller(deps: ApiDeps, c: Context<ApiEnv>): AuditCaller {
  const { id, name, pgpfingerprint } = investigatorOf(c);
  return {
    isProven: true,
    investigatorId: id,
    fingerprint: pgpfingerprint,
    actor: name,
    address: clientAddress(deps.config, c),
    requestId: c.get('requestId'),
  };
}

/** Names what a route does, so that a refusal is recorded as one of its kind. */
export function auditAs(kind: AuditKind) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('audit', { kind });
    await next();
  });
}

/** Records every login that failed, every right that was missing, and every change that was refused. */
export function auditRefusals(deps: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await next();
    if (c.error === undefined) return;
    const code = errorCode(c.error);
    const subject = c.get('audit');
    const investigator = c.get('investigator');
    const refusal = {
      outcome: UNCERTAIN.has(code) ? ('failed' as const) : ('refused' as const),
      address: clientAddress(deps.config, c),
      requestId: c.get('requestId'),
      detail: {
        code,
        message: errorMessage(c.error),
        method: c.req.method,
        path: c.req.path,
      },
    };
    if (code === 'unauthorized' && subject?.kind !== 'permission') {
      // Also a token that was used before: whoever sends it again need not be who signed it.
      const token = c.req.header('X-PGPAUTHORIZATION');
      deps.refusals.record({ ...refusal, kind: 'login', isProven: false }, () => claimedSigner(token));
    } else if (subject !== undefined && investigator !== undefined) {
      const claim = { isProven: false, fingerprint: investigator.pgpfingerprint };
      deps.refusals.record({
        ...refusal,
        ...(c.get('isProven') ? auditCaller(deps, c) : claim),
        ...subject,
      });
    }
  });
}

/** Errors after which it may have been done all the same. */
const UNCERTAIN: ReadonlySet<string> = new Set(['unavailable', 'internal', 'overloaded']);

/** The key that a token's signature names; nothing shows that it made the signature. */
async function claimedSigner(token: string | undefined): Promise<string | undefined> {
  const signature = token !== undefined && token.length <= 8192 ? token.split(';')[3] : undefined;
  return signature === undefined ? undefined : signatureIssuer(signature);
}

import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { AuditKind } from '../../contract/audit.ts';
import { type ErrorCode, errorCode, errorMessage } from '../../contract/errors.ts';
import { signatureIssuer } from '../../platform/openpgp/verify.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { TOKEN_HEADER } from '../http/caller.ts';
import { clientAddress } from '../limits/client-address.ts';
import { auditCaller } from './audit-caller.ts';

/** Errors after which the change may have been made nevertheless. */
const UNCERTAIN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'internal', 'overloaded']);
const MAX_TOKEN = 8192;

/** Sets the kind of change that a route makes, for the records of its refusals. */
export function auditAs(kind: AuditKind) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('audit', { kind });
    await next();
  });
}

/** Records every failed login, every missing permission, and every refused change. */
export function auditRefusals(deps: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await next();
    if (c.error === undefined) return;
    if (isFailedLogin(c, c.error)) recordFailedLogin(deps, c, c.error);
    else recordRefusedChange(deps, c, c.error);
  });
}

/** Includes a token that was used for another request: its sender need not be its signer. */
function isFailedLogin(c: Context<ApiEnv>, error: Error): boolean {
  return errorCode(error) === 'unauthorized' && c.get('audit')?.kind !== 'permission';
}

function recordFailedLogin(deps: ApiDeps, c: Context<ApiEnv>, error: Error): void {
  const token = c.req.header(TOKEN_HEADER);
  const entry = {
    ...describeRefusal(deps, c, error),
    kind: 'login' as const,
    isProven: false,
  };
  deps.refusals.record(entry, () => claimedSigner(token));
}

function recordRefusedChange(deps: ApiDeps, c: Context<ApiEnv>, error: Error): void {
  const subject = c.get('audit');
  const investigator = c.get('investigator');
  if (subject === undefined || investigator === undefined) return;
  const caller = c.get('isProven')
    ? auditCaller(deps, c)
    : { isProven: false, fingerprint: investigator.pgpfingerprint ?? undefined };
  deps.refusals.record({ ...describeRefusal(deps, c, error), ...caller, ...subject });
}

function describeRefusal({ config }: ApiDeps, c: Context<ApiEnv>, error: Error) {
  const code = errorCode(error);
  return {
    outcome: UNCERTAIN.has(code) ? ('failed' as const) : ('refused' as const),
    address: clientAddress(config, c),
    requestId: c.get('requestId'),
    detail: {
      code,
      message: errorMessage(error),
      method: c.req.method,
      path: c.req.path,
    },
  };
}

/** The key that a token's signature names. Nothing proves that this key made the signature. */
async function claimedSigner(token: string | undefined): Promise<string | undefined> {
  if (token === undefined || token.length > MAX_TOKEN) return undefined;
  const signature = token.split(';')[3];
  return signature === undefined ? undefined : signatureIssuer(signature);
}

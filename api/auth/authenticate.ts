import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../../contract/errors.ts';
import { hasPermission, type Permission } from '../../contract/permissions.ts';
import type { CallerRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { API_KEY_HEADER, investigatorOf, TOKEN_HEADER } from '../http/caller.ts';
import { receiveBody } from '../http/receive-body.ts';
import { investigatorOfApiKey } from './api-key.ts';
import { bindToRequest } from './bind-to-request.ts';
import { investigatorOfBearer, readBearer } from './session.ts';
import { verifyToken } from './verify-token.ts';

/**
 * Admits requests of investigators with a permission (spec/api.md#authentication). The caller is identified before the body is
 * received and the permission checked, so that a refusal is recorded under the right name. Only complete requests count
 * against the limit on requests.
 */
export function requirePermission(
  deps: ApiDeps,
  { permission, maxBytes }: { permission: Permission; maxBytes: number },
) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await authenticate(deps, c, ({ permissions }) =>
      // Who lacks the permission is refused anyway: no room for a large body.
      hasPermission(permissions, permission) ? maxBytes : Math.min(maxBytes, REFUSED_BYTES),
    );
    checkPermission(c, permission);
    await deps.admission.requests.run(next);
  });
}

/** The most bytes of a body by its sender. */
type SizeLimit = (investigator: CallerRow) => number;

/** The most bytes of a body whose sender lacks the permission. It is received, so that the refusal is recorded. */
const REFUSED_BYTES = 2 * 1024 * 1024;

/** Admits requests with a token of an investigator; an API key or a session is not enough. */
export function requireToken(deps: ApiDeps, maxBytes: number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await authenticateByToken(deps, c, () => maxBytes);
    await deps.admission.requests.run(next);
  });
}

/** As in MIG, a token takes precedence over other credentials, and an API key over a session. */
async function authenticate(deps: ApiDeps, c: Context<ApiEnv>, maxBytesOf: SizeLimit): Promise<void> {
  const investigator = await investigatorOfSecret(deps, c);
  if (!investigator) return authenticateByToken(deps, c, maxBytesOf);
  c.set('investigator', investigator);
  await receive(deps, c, maxBytesOf(investigator));
  c.set('isProven', true);
}

/** The investigator of an API key or a session; undefined when a token decides. */
async function investigatorOfSecret(deps: ApiDeps, c: Context<ApiEnv>): Promise<CallerRow | undefined> {
  if (c.req.header(TOKEN_HEADER) !== undefined) return undefined;
  if (c.req.header(API_KEY_HEADER) !== undefined) return investigatorOfApiKey(deps, c);
  const bearer = readBearer(c);
  return bearer === undefined ? undefined : investigatorOfBearer(deps, bearer);
}

async function authenticateByToken(deps: ApiDeps, c: Context<ApiEnv>, maxBytesOf: SizeLimit): Promise<void> {
  const token = await verifyToken(deps, c);
  c.set('investigator', token.investigator);
  await receive(deps, c, maxBytesOf(token.investigator));
  await bindToRequest(deps, c, token);
  c.set('isProven', true);
}

async function receive({ config, admission }: ApiDeps, c: Context<ApiEnv>, maxBytes: number): Promise<void> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return;
  await receiveBody(c, {
    maxBytes,
    timeoutMs: config.requestTimeoutMs,
    budget: admission.bodies,
  });
}

function checkPermission(c: Context<ApiEnv>, permission: Permission): void {
  if (hasPermission(investigatorOf(c).permissions, permission)) return;
  c.set('audit', { kind: 'permission' });
  throw new MigError('unauthorized', `Insufficient permissions to access endpoint (needs ${permission})`);
}

import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../../contract/errors.ts';
import { hasPermission, type Permission } from '../../contract/permissions.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf, TOKEN_HEADER } from '../http/caller.ts';
import { MAX_BODY_BYTES, receiveBody } from '../http/receive-body.ts';
import { bindToRequest } from './bind-to-request.ts';
import { investigatorOfBearer, readBearer } from './session.ts';
import { verifyToken } from './verify-token.ts';

/**
 * Admits requests of investigators with a permission (spec/api.md#authentication). The caller is identified before the body is
 * received and the permission checked, so that a refusal is recorded under the right name. Only complete requests count
 * against the limit on requests.
 */
export function requirePermission(deps: ApiDeps, permission: Permission) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await authenticate(deps, c);
    checkPermission(c, permission);
    await deps.admission.requests.run(next);
  });
}

/** Admits requests with a token of an investigator; a session is not enough. */
export function requireToken(deps: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await authenticateByToken(deps, c);
    await deps.admission.requests.run(next);
  });
}

/** As in MIG, a token takes precedence over other credentials. */
async function authenticate(deps: ApiDeps, c: Context<ApiEnv>): Promise<void> {
  const bearer = readBearer(c);
  if (bearer === undefined || c.req.header(TOKEN_HEADER) !== undefined) return authenticateByToken(deps, c);
  c.set('investigator', await investigatorOfBearer(deps, bearer));
  await receive(deps, c);
  c.set('isProven', true);
}

async function authenticateByToken(deps: ApiDeps, c: Context<ApiEnv>): Promise<void> {
  const token = await verifyToken(deps, c);
  c.set('investigator', token.investigator);
  await receive(deps, c);
  await bindToRequest(deps, c, token);
  c.set('isProven', true);
}

async function receive({ config, admission }: ApiDeps, c: Context<ApiEnv>): Promise<void> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return;
  await receiveBody(c, {
    maxBytes: MAX_BODY_BYTES,
    timeoutMs: config.requestTimeoutMs,
    budget: admission.bodies,
  });
}

function checkPermission(c: Context<ApiEnv>, permission: Permission): void {
  if (hasPermission(investigatorOf(c).permissions, permission)) return;
  c.set('audit', { kind: 'permission' });
  throw new MigError('unauthorized', `Insufficient permissions to access endpoint (needs ${permission})`);
}

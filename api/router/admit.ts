import type { MiddlewareHandler } from 'hono';
import type { Route } from '../../contract/api/route.ts';
import { requirePermission, requireToken } from '../auth/authenticate.ts';
import { requireLoader } from '../auth/loader-key.ts';
import { requireSession } from '../auth/session.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';

/** The most bytes of a body whose route has no limit of its own. */
const MAX_BODY_BYTES = 64 * 1024;

/** Admits the callers that a route is for, and receives their bodies. */
export function admit(
  deps: ApiDeps,
  { access, maxBytes = MAX_BODY_BYTES }: Route,
): MiddlewareHandler<ApiEnv> {
  switch (access) {
    case 'anybody':
      return async (_c, next) => next();
    case 'loader key':
      return requireLoader(deps, maxBytes);
    case 'token':
      return requireToken(deps, maxBytes);
    case 'session':
      return requireSession(deps);
    default:
      return requirePermission(deps, { permission: access, maxBytes });
  }
}

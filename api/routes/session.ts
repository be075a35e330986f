import * as routes from '../../contract/api/service.ts';
import { MigError } from '../../contract/errors.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { closeSession, openSession, requireBearer } from '../auth/session.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { respond, respondWithSecret } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';

/** Sessions, which MIG lacks: one signed token opens one, so that a smartcard signs once. */
export function sessionRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.openSession, async (_given, c) => {
      if (deps.config.sessionMs === 0) throw new MigError('forbidden', 'sessions are switched off here');
      const session = await openSession(deps, auditCaller(deps, c));
      const items = [item(`${BASE_ROUTE}/session/`, 'session', session)];
      return respondWithSecret(c, items, 201);
    }),

    serve(deps, routes.closeSession, async (_given, c) => {
      await closeSession(deps, auditCaller(deps, c), requireBearer(c));
      return respond(c, []);
    }),
  ];
}

import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { requireToken } from '../auth/authenticate.ts';
import { closeSession, investigatorOfBearer, openSession, readBearer } from '../auth/session.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { respond, respondWithSecret } from '../http/respond.ts';

/** POST and DELETE /session/, which MIG lacks: one signed token opens a short session, so that a smartcard signs once. */
export function sessionRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });

  app.post('/session/', requireToken(deps), async (c) => {
    if (deps.config.sessionMs === 0) throw new MigError('forbidden', 'sessions are switched off here');
    const session = await openSession(deps, auditCaller(deps, c));
    const items = [item(`${BASE_ROUTE}/session/`, 'session', session)];
    return respondWithSecret(c, items, 201);
  });

  app.delete('/session/', async (c) => {
    const token = readBearer(c);
    if (token === undefined) throw new MigError('unauthorized', 'Authorization: no session');
    c.set('investigator', await investigatorOfBearer(deps, token));
    await closeSession(deps, auditCaller(deps, c), token);
    return respond(c, []);
  });
  return app;
}

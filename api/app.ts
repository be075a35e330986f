import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../contract/errors.ts';
import { auditRefusals } from './audit/audit-refusals.ts';
import type { ApiDeps, ApiEnv } from './context.ts';
import { allowOrigins } from './http/allow-origins.ts';
import { onError } from './http/errors.ts';
import { mountRoutes } from './router/mount-routes.ts';
import { actionRoutes } from './routes/action.ts';
import { agentRoutes } from './routes/agent.ts';
import { auditRoutes } from './routes/audit.ts';
import { commandRoutes } from './routes/command.ts';
import { dashboardRoutes } from './routes/dashboard.ts';
import { heartbeatRoutes } from './routes/heartbeat.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { investigatorRoutes } from './routes/investigator.ts';
import { ipRoutes } from './routes/ip.ts';
import { loaderRoutes } from './routes/loader.ts';
import { loaderRequestRoutes } from './routes/loader-request.ts';
import { manifestRoutes } from './routes/manifest.ts';
import { moduleRoutes } from './routes/modules.ts';
import { publicKeyRoutes } from './routes/public-key.ts';
import { questionRoutes } from './routes/question.ts';
import { referenceRoutes } from './routes/reference.ts';
import { searchRoutes } from './routes/search.ts';
import { sessionRoutes } from './routes/session.ts';
import { steeringRoutes } from './routes/steering.ts';
import { sweepRoutes } from './routes/sweep.ts';
import { sweepChangeRoutes } from './routes/sweep-change.ts';
import { sweepItemRoutes } from './routes/sweep-item.ts';
import { sweepRunRoutes } from './routes/sweep-run.ts';
import { sweepStateRoutes } from './routes/sweep-state.ts';
import { upgradeRoutes } from './routes/upgrade.ts';
import { waiverRoutes } from './routes/waiver.ts';
import { webhookRoutes } from './routes/webhook.ts';

const ROUTES = [
  referenceRoutes,
  heartbeatRoutes,
  ipRoutes,
  publicKeyRoutes,
  sessionRoutes,
  actionRoutes,
  steeringRoutes,
  inboxRoutes,
  questionRoutes,
  commandRoutes,
  agentRoutes,
  moduleRoutes,
  searchRoutes,
  investigatorRoutes,
  dashboardRoutes,
  upgradeRoutes,
  sweepRoutes,
  sweepItemRoutes,
  sweepChangeRoutes,
  sweepRunRoutes,
  sweepStateRoutes,
  waiverRoutes,
  auditRoutes,
  loaderRoutes,
  manifestRoutes,
  loaderRequestRoutes,
  webhookRoutes,
];

/** Values with U+0000 cannot be stored, and therefore not be looked up. */
const ENCODED_NUL = /%00/;
const NOT_NORMAL = /\/\/|\/\.\.?(\/|$)/;

/** The whole REST API (spec/api.md#paths). Paths are exact, as in MIG: a missing trailing slash is another path. */
export function createApp(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.use(startRequest(deps));
  if (deps.config.corsOrigins.length > 0) app.use(allowOrigins(deps.config.corsOrigins));
  app.use(auditRefusals(deps));
  mountRoutes(
    app,
    ROUTES.flatMap((routesOf) => routesOf(deps)),
  );
  app.notFound((c) => c.text('404 page not found\n', 404, { 'X-Content-Type-Options': 'nosniff' }));
  app.onError(onError);
  return app;
}

/** Sets the variables of every route, and redirects paths that are not normalized. */
function startRequest({ config, log }: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const requestId = randomUUID();
    c.set('href', `${config.publicUrl}${pathname}${search}`);
    c.set('requestId', requestId);
    c.set('log', log);
    c.header('X-Request-Id', requestId);
    if (ENCODED_NUL.test(c.req.url)) throw new MigError('nul_character', 'the address contains U+0000');
    // An agent of MIG whose base URL ends in a slash asks for `//ip`, and follows the redirect.
    if (NOT_NORMAL.test(pathname)) return c.redirect(`${posix.normalize(pathname)}${search}`, 301);
    return next();
  });
}

import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { BASE_ROUTE } from './config.ts';
import type { ApiDeps, ApiEnv } from './context.ts';
import { onError } from './errors.ts';
import { actionRoutes } from './routes/action.ts';
import { agentRoutes } from './routes/agent.ts';
import { commandRoutes } from './routes/command.ts';
import { dashboardRoutes } from './routes/dashboard.ts';
import { investigatorRoutes } from './routes/investigator.ts';
import { publicRoutes } from './routes/public.ts';
import { searchRoutes } from './routes/search.ts';
import { steeringRoutes } from './routes/steering.ts';

/** The whole REST API (spec: api). Paths are exact, as in MIG: a missing trailing slash is another path. */
export function createApp(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const requestId = randomUUID();
    c.set('href', `${deps.config.publicUrl}${pathname}${search}`);
    c.set('requestId', requestId);
    c.set('log', deps.log);
    c.header('X-Request-Id', requestId);
    await next();
  });
  const api = app.basePath(BASE_ROUTE);
  for (const routes of [
    publicRoutes,
    actionRoutes,
    steeringRoutes,
    commandRoutes,
    agentRoutes,
    searchRoutes,
    investigatorRoutes,
    dashboardRoutes,
  ]) {
    api.route('/', routes(deps));
  }
  app.notFound((c) => c.text('404 page not found\n', 404, { 'X-Content-Type-Options': 'nosniff' }));
  app.onError(onError);
  return app;
}

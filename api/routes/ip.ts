import { Hono } from 'hono';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { clientAddress } from '../limits/client-address.ts';

/** GET /ip, for everybody: the address of the caller (spec/api.md#unauthenticated-endpoints). */
export function ipRoutes({ config }: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/ip', (c) => c.body(clientAddress(config, c), 200, JSON_HEADERS));
  return app;
}

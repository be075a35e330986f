import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { ApiEnv } from '../context.ts';
import { API_KEY_HEADER, TOKEN_HEADER } from './caller.ts';

/** How long a browser need not ask again. */
const MAX_AGE_S = 600;

/** Lets pages of these origins call the API from a browser. Credentials are headers; there are no cookies. */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<ApiEnv> {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'DELETE'],
    allowHeaders: [TOKEN_HEADER, API_KEY_HEADER, 'Authorization', 'Content-Type', 'Idempotency-Key'],
    exposeHeaders: ['X-Request-Id', 'Retry-After'],
    maxAge: MAX_AGE_S,
  });
}

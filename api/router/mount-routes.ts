import type { Hono } from 'hono';
import { BASE_ROUTE } from '../config.ts';
import type { ApiEnv } from '../context.ts';
import type { Served } from './serve.ts';

/** Adds routes to the application. Another method on one of their paths is 405, and says which there are. */
export function mountRoutes(app: Hono<ApiEnv>, served: readonly Served[]): void {
  const methods = new Map<string, string[]>();
  for (const { route, handlers } of served) {
    app.on(route.method, patternsOf(route.path), ...handlers);
    methods.set(route.path, [...(methods.get(route.path) ?? []), route.method]);
  }
  for (const [path, allowed] of methods) {
    app.on('ALL', patternsOf(path), (c) =>
      c.text('405 method not allowed\n', 405, {
        Allow: allowed.join(', '),
        'X-Content-Type-Options': 'nosniff',
      }),
    );
  }
}

/** The path in the words of the router: `/publickey/:fingerprint`. The root has two: its slash may be missing. */
function patternsOf(path: string): string[] {
  const pattern = `${BASE_ROUTE}${path.replace(/\{(\w+)\}/g, ':$1')}`;
  return path === '/' ? [BASE_ROUTE, pattern] : [pattern];
}

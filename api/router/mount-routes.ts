import type { Hono } from 'hono';
import type { ApiEnv } from '../context.ts';
import type { Served } from './serve.ts';

/** Adds routes to the application. Another method on one of their paths is 405, and says which there are. */
export function mountRoutes(app: Hono<ApiEnv>, served: readonly Served[]): void {
  const methods = new Map<string, string[]>();
  for (const { route, handlers } of served) {
    const path = toPattern(route.path);
    app.on(route.method, [path], ...handlers);
    methods.set(path, [...(methods.get(path) ?? []), route.method]);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) =>
      c.text('405 method not allowed\n', 405, {
        Allow: allowed.join(', '),
        'X-Content-Type-Options': 'nosniff',
      }),
    );
  }
}

/** The path in the words of the router: `/publickey/:fingerprint`. */
function toPattern(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { collection, type Item } from './envelope.ts';
import { JSON_HEADERS } from './errors.ts';

/** Responds with items in MIG's envelope (spec/api.md#envelope). */
export function respond(c: Context<ApiEnv>, items: Item[], status: ContentfulStatusCode = 200): Response {
  return c.body(collection(c.get('href'), { items }), status, JSON_HEADERS);
}

/** Responds with a secret that is shown only once, which nothing on the way may keep. */
export function respondWithSecret(
  c: Context<ApiEnv>,
  items: Item[],
  status: ContentfulStatusCode = 200,
): Response {
  const headers = { ...JSON_HEADERS, 'Cache-Control': 'no-store' };
  return c.body(collection(c.get('href'), { items }), status, headers);
}

/** The address of a record: `…/action?actionid=5`. */
export function recordHref({ config }: ApiDeps, type: string, id: number): string {
  return `${config.publicUrl}${BASE_ROUTE}/${type}?${type}id=${id}`;
}

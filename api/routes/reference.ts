import * as routes from '../../contract/api/service.ts';
import { cached } from '../../platform/async/cached.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { respond } from '../http/respond.ts';
import { describeApi } from '../reference/openapi.ts';
import { REFERENCE_POLICY, renderReference } from '../reference/reference-page.ts';
import { type Served, serve } from '../router/serve.ts';

/** The description of the API itself, for everybody. */
export function referenceRoutes(deps: ApiDeps): Served[] {
  const url = () => `${deps.config.publicUrl}${BASE_ROUTE}`;
  const maxAgeMs = Number.POSITIVE_INFINITY;
  // As bytes: to encode half a megabyte for each answer takes longer than all the rest.
  const bytesOf = (load: () => Promise<string>) =>
    cached({ maxAgeMs, now: deps.now, load: async () => new TextEncoder().encode(await load()) });
  const openApi = bytesOf(async () => JSON.stringify(describeApi(url())));
  const page = bytesOf(() => renderReference(url()));
  return [
    serve(deps, routes.describeRoot, (_given, c) =>
      respond(c, [
        item(c.get('href'), 'mig', {
          name: 'Mozilla InvestiGator',
          api: BASE_ROUTE,
          description: `${BASE_ROUTE}/openapi.json`,
          reference: `${BASE_ROUTE}/reference`,
        }),
      ]),
    ),
    serve(deps, routes.getOpenApi, async (_given, c) => c.body(await openApi(), 200, JSON_HEADERS)),
    serve(deps, routes.getReference, async (_given, c) =>
      c.body(await page(), 200, {
        'Content-Type': 'text/html; charset=UTF-8',
        'Content-Security-Policy': REFERENCE_POLICY,
        'X-Content-Type-Options': 'nosniff',
      }),
    ),
  ];
}

import type { Context, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import type { Route } from '../../contract/api/route.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import type { LoadLimit } from '../limits/load-limit.ts';
import { admit } from './admit.ts';
import { readParameters } from './read-parameters.ts';

/** A route of the API with what answers it. */
export interface Served {
  route: Route;
  handlers: MiddlewareHandler<ApiEnv>[];
}

type Answer<Parameters extends z.ZodObject> = (
  given: z.output<Parameters>,
  c: Context<ApiEnv>,
) => Response | Promise<Response>;

const UNLIMITED: LoadLimit = { run: (work) => work() };

/**
 * Binds a route to its answer. Its description says who may send it, which parameters it has, and what a refusal is recorded
 * as. A `limit` is for requests whose bodies take much memory: their parameters are read within it.
 */
export function serve<Parameters extends z.ZodObject>(
  deps: ApiDeps,
  route: Route & { parameters: Parameters },
  answer: Answer<Parameters>,
  { limit = UNLIMITED }: { limit?: LoadLimit } = {},
): Served {
  const { audit } = route;
  const answerRequest: MiddlewareHandler<ApiEnv> = (c) =>
    limit.run(async () => answer(await readParameters(c, route), c), c.get('body')?.length);
  const admission = admit(deps, route);
  return {
    route,
    handlers: audit === undefined ? [admission, answerRequest] : [auditAs(audit), admission, answerRequest],
  };
}

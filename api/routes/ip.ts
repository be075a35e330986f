import * as routes from '../../contract/api/service.ts';
import type { ApiDeps } from '../context.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { clientAddress } from '../limits/client-address.ts';
import { type Served, serve } from '../router/serve.ts';

/** The address of the caller, for everybody (spec/api.md#unauthenticated-endpoints). */
export function ipRoutes(deps: ApiDeps): Served[] {
  return [serve(deps, routes.getIp, (_given, c) => c.body(clientAddress(deps.config, c), 200, JSON_HEADERS))];
}

import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { CallerRow } from '../../platform/postgres/queries/investigators.ts';
import type { LoaderRow } from '../../platform/postgres/queries/loaders.ts';
import type { ApiEnv } from '../context.ts';

/** The header of a signed token, as in MIG. */
export const TOKEN_HEADER = 'X-PGPAUTHORIZATION';
/** The header of an API key, as in MIG. */
export const API_KEY_HEADER = 'X-MIGAPIKEY';
/** The header of a loader's key, as in MIG. */
export const LOADER_KEY_HEADER = 'X-LOADERKEY';

/** The calling investigator, in a route that requires a permission or a token. */
export function investigatorOf(c: Context<ApiEnv>): CallerRow {
  const investigator = c.get('investigator');
  if (!investigator) throw new MigError('internal', 'the route does not require credentials');
  return investigator;
}

/** The calling loader, in a route for loaders. */
export function loaderOf(c: Context<ApiEnv>): LoaderRow {
  const loader = c.get('loader');
  if (!loader) throw new MigError('internal', 'the route does not require the key of a loader');
  return loader;
}

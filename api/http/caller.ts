import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiEnv } from '../context.ts';

/** The header of a signed token, as in MIG. */
export const TOKEN_HEADER = 'X-PGPAUTHORIZATION';

/** The calling investigator, in a route that requires a permission or a token. */
export function investigatorOf(c: Context<ApiEnv>): InvestigatorRow {
  const investigator = c.get('investigator');
  if (!investigator) throw new MigError('internal', 'the route does not require credentials');
  return investigator;
}

import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiEnv } from '../context.ts';

/** Who asks, in a route that requires a permission or a token. */
export function investigatorOf(c: Context<ApiEnv>): InvestigatorRow {
  const investigator = c.get('investigator');
  if (!investigator) throw new MigError('internal', 'the route does not require credentials');
  return investigator;
}

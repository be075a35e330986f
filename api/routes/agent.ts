import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { agentById } from '../../platform/postgres/queries/agents.ts';
import { requirePermission } from '../authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { toAgent } from '../records.ts';
import { recordHref, respond } from '../respond.ts';
import { parseId } from '../validate.ts';

export function agentRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/agent', requirePermission(deps, 'agent'), async (c) => {
    const id = parseId('Agent', 'agentid', c.req.query('agentid'));
    const row = await agentById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Agent ID '${id}' not found`);
    return respond(c, [item(recordHref(deps, 'agent', id), 'agent', toAgent(row))]);
  });
  return app;
}
